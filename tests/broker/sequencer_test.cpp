// Group commit, fencing, producer numbers.
#include "broker/sequencer.h"

#include <gmock/gmock.h>

#include "tests/broker/driver.h"

namespace broker {
namespace {

TEST(Sequencer, FirstBlockCreatesTheStore) {
  Driver broker;
  broker.tick();
  broker.commit();
  const auto block = broker.journal.block(1);
  EXPECT_EQ(block.first, Seq(1));
  EXPECT_EQ(block.prev.bytes, msg::no_hash());
  const auto events = msg::decode_events(block.events.bytes, block.count).value();
  EXPECT_EQ(std::get<msg::StoreCreated>(events.at(0).what).store, "store-a");
  EXPECT_EQ(broker.control().store, "store-a");
}

TEST(Sequencer, AppendsThatComeWhileACommitIsInFlightMakeOneBlock) {
  Driver broker;
  broker.with_writer();
  broker.ask(append_of(broker.epoch(), 1));
  const auto before = broker.journal.size();
  broker.ask(append_of(broker.epoch(), 2));
  broker.ask(append_of(broker.epoch(), 3, 2));
  broker.ask(append_of(broker.epoch(), 4));
  EXPECT_TRUE(broker.replies.empty()) << "only a refusal is answered";
  broker.commit_all();
  ASSERT_EQ(broker.journal.size(), before + 2);
  const auto block = broker.journal.block(before + 2);
  EXPECT_EQ(block.count, 4U);
  EXPECT_EQ(block.producer, ProducerNo(4));
  EXPECT_EQ(block.epoch, broker.epoch());
}

TEST(Sequencer, PublishesTheVeryBytesThatAreDurable) {
  Driver broker;
  broker.with_writer();
  broker.published.clear();
  broker.ask(append_of(broker.epoch(), 1));
  EXPECT_TRUE(broker.topic("B").empty()) << "not durable yet";
  EXPECT_EQ(broker.core->commit_seq(), Seq(2));
  broker.commit();
  ASSERT_EQ(broker.topic("B").size(), 1U);
  std::size_t used = 0;
  const auto payload = broker.topic("B").front();
  const auto block = msg::decode_block(payload, &used).value();
  EXPECT_EQ(payload.substr(0, used), broker.journal.read(block.first, block.first, 1)->front());
  const auto mark = msg::decode<msg::Mark>(payload.substr(used)).value();
  EXPECT_EQ(mark.commit, block.last());
  EXPECT_EQ(mark.mark, block.last()) << "there is no lease";
}

TEST(Sequencer, TellsBehindABlockWhereItsTimeWent) {
  Driver broker;
  broker.with_writer();
  broker.published.clear();
  broker.ask(append_of(broker.epoch(), 1));
  broker.now.mono += milliseconds(3);
  broker.ask(append_of(broker.epoch(), 2));  // waits for the first
  broker.now.mono += milliseconds(4);
  broker.commit();
  broker.now.mono += milliseconds(5);
  broker.commit();
  std::vector<msg::BlockTimes> times;
  for (const auto& payload : broker.topic("B")) {
    std::size_t used = 0;
    ASSERT_TRUE(msg::decode_block(payload, &used));
    times.push_back(msg::decode<msg::Mark>(payload.substr(used))->times.value());
  }
  const auto sent = static_cast<std::uint64_t>(broker.now.mono.time_since_epoch().count());
  EXPECT_THAT(times,
              testing::ElementsAre(msg::BlockTimes{0, 7000, sent - 5'000'000}, msg::BlockTimes{4000, 5000, sent}));
}

TEST(Sequencer, ABlockClosesAtItsLimits) {
  Driver broker;
  broker.with_writer();
  const auto before = broker.journal.size();
  broker.ask(append_of(broker.epoch(), 1));
  broker.ask(append_of(broker.epoch(), 2, 512));
  broker.ask(append_of(broker.epoch(), 3, 1));
  broker.ask(append_of(broker.epoch(), 4, 2, 60'000));
  broker.ask(append_of(broker.epoch(), 5, 2, 60'000));
  broker.commit_all();
  std::vector<std::uint32_t> counts;
  for (auto no = before + 1; no <= broker.journal.size(); ++no) counts.push_back(broker.journal.block(no).count);
  EXPECT_THAT(counts, testing::ElementsAre(1, 512, 3, 2));
}

TEST(Sequencer, AnAppendLargerThanABlockTargetTravelsAlone) {
  Driver broker;
  broker.with_writer();
  const auto before = broker.journal.size();
  broker.write(1, 10, 30'000);
  EXPECT_EQ(broker.journal.size(), before + 1);
  EXPECT_TRUE(broker.replies.empty());
}

TEST(Sequencer, ARepeatedProducerNumberIsIgnored) {
  Driver broker;
  broker.with_writer();
  broker.write(1);
  broker.write(1);
  broker.write(2);
  broker.write(1);
  EXPECT_EQ(broker.core->commit_seq(), Seq(4));
  EXPECT_TRUE(broker.replies.empty());
  EXPECT_EQ(broker.counter("repeats"), 2U);
}

TEST(Sequencer, ASkippedProducerNumberIsRefusedWithTheOneExpected) {
  Driver broker;
  broker.with_writer();
  broker.write(1);
  broker.ask(append_of(broker.epoch(), 3));
  const auto reply = broker.reply();
  EXPECT_EQ(reply.err(), "skipped");
  EXPECT_EQ(reply.header.id, broker.last_id);
  EXPECT_EQ(reply.as<msg::Refusal>().expected, ProducerNo(2));
}

TEST(Sequencer, ProducerNumbersGoOnOverARestart) {
  Driver broker;
  broker.with_writer();
  broker.write(1);
  broker.write(2);
  broker.reopen();
  broker.write(2);
  EXPECT_EQ(broker.core->commit_seq(), Seq(4)) << "a resend is harmless";
  broker.write(3);
  EXPECT_EQ(broker.core->commit_seq(), Seq(5));
  EXPECT_TRUE(broker.replies.empty());
}

TEST(Sequencer, AnAppendInFlightWhenTheBrokerDiedMayBeSentAgain) {
  Driver broker;
  broker.with_writer();
  broker.ask(append_of(broker.epoch(), 1));
  broker.reopen();
  broker.ask(append_of(broker.epoch(), 2));
  EXPECT_EQ(broker.reply().as<msg::Refusal>().expected, ProducerNo(1));
  broker.write(1);
  EXPECT_EQ(broker.core->commit_seq(), Seq(3));
}

TEST(Sequencer, AnotherEpochIsFenced) {
  Driver broker;
  broker.with_writer();
  broker.ask(append_of(Epoch(1), 1));
  EXPECT_EQ(broker.reply().err(), "fenced");
  broker.ask(append_of(Epoch(99), 1));
  const auto reply = broker.reply();
  EXPECT_EQ(reply.err(), "fenced");
  EXPECT_THAT(reply.as<msg::Refusal>().message, testing::HasSubstr("the epoch is 2"));
}

TEST(Sequencer, WithoutAWriterNobodyAppends) {
  Driver broker;
  broker.tick();
  broker.commit();
  broker.ask(append_of(Epoch(0), 1));
  EXPECT_EQ(broker.reply().err(), "fenced");
}

TEST(Sequencer, TheOldWriterIsFencedFromTheMomentAnotherIsChosen) {
  Driver broker;
  broker.with_writer();
  const auto old = broker.epoch();
  broker.ask(append_of(old, 1));  // in flight
  broker.ask(append_of(old, 2));  // gathered
  broker.beat({.instance = "order-2"});
  broker.beat({.instance = "order-1", .incarnation = 2, .state = msg::State::kStarting});
  broker.tick();  // the appointment is accepted and not yet in flight
  broker.ask(append_of(old, 3));
  EXPECT_EQ(broker.reply().err(), "fenced");
  broker.commit_all();
  EXPECT_EQ(broker.control().writer, "order-2");
  EXPECT_EQ(broker.epoch(), Epoch(5)) << "the appointment follows the old writer's appends";
  const auto last = broker.journal.block(broker.journal.size());
  EXPECT_EQ(last.epoch, Epoch(5));
  EXPECT_EQ(last.producer, ProducerNo(0)) << "the new epoch has no append yet";
  broker.write(1);
  EXPECT_EQ(broker.core->commit_seq(), Seq(6)) << "the new writer begins with 1";
}

TEST(Sequencer, TimeOfBlocksNeverGoesBack) {
  Driver broker;
  broker.with_writer();
  broker.write(1);
  broker.now.wall -= 500'000;
  broker.write(2);
  const auto n = broker.journal.size();
  EXPECT_EQ(broker.journal.block(n).at, broker.journal.block(n - 1).at);
}

TEST(Sequencer, AFullQueueIsBusyAndTheNumberMayComeAgain) {
  Driver broker;
  broker.with_writer();
  std::uint64_t producer = 0;
  std::vector<std::uint64_t> taken;  // appends that were taken until the queue was full
  for (int round = 0; round < 2; ++round) {
    const auto before = producer;
    while (broker.replies.empty()) {
      ASSERT_LT(producer - before, 100U) << "the queue has no bound";
      broker.ask(append_of(broker.epoch(), ++producer, 10, 60'000));
    }
    taken.push_back(producer - before);
    EXPECT_EQ(broker.reply().err(), "busy");
    EXPECT_LE(broker.counter("queue_bytes"), Sequencer::kQueueBytesMax);
    broker.commit_all();
    broker.write(producer);
    EXPECT_TRUE(broker.replies.empty()) << "the refused number is still expected";
    EXPECT_EQ(broker.counter("queue_bytes"), 0U) << "all room is given back";
  }
  EXPECT_EQ(taken[0], taken[1]) << "it takes as many the second time";
}

TEST(Sequencer, StopsOnceAllThatWasAcceptedIsDurable) {
  Driver broker;
  broker.with_writer();
  broker.ask(append_of(broker.epoch(), 1));
  broker.ask(append_of(broker.epoch(), 2));
  broker.stop();
  EXPECT_FALSE(broker.stopped);
  broker.ask(append_of(broker.epoch(), 3));
  EXPECT_EQ(broker.reply().err(), "busy") << "it takes nothing new";
  broker.commit();
  EXPECT_FALSE(broker.stopped);
  broker.commit();
  EXPECT_EQ(broker.stopped, "");
}

TEST(Sequencer, StopsAtOnceWhenNothingIsUnderWay) {
  Driver broker;
  broker.with_writer();
  broker.stop();
  EXPECT_EQ(broker.stopped, "");
}

TEST(Sequencer, NothingNewIsTakenWhileTheJournalStalls) {
  Driver broker;
  broker.with_writer();
  broker.ask(append_of(broker.epoch(), 1));  // in flight
  broker.ask(append_of(broker.epoch(), 2));  // waits
  const auto age_max = static_cast<int>(Sequencer::kQueueAgeMax / milliseconds(1));
  broker.freeze(age_max - 1);
  broker.ask(append_of(broker.epoch(), 3));
  EXPECT_TRUE(broker.replies.empty());
  broker.freeze(1);
  broker.ask(append_of(broker.epoch(), 4));
  EXPECT_EQ(broker.reply().err(), "busy") << "the oldest decides, not the youngest";
  broker.commit_all();
  broker.write(4);
  EXPECT_EQ(broker.core->commit_seq(), Seq(6)) << "the same number is taken later";
}

// --- all error paths ---

struct Bad {
  const char* name;
  msg::Append append;
};

// The broker has a writer that has sent nothing yet.
void expect_refused_without_a_trace(Driver& broker, const std::vector<Bad>& all) {
  for (const auto& bad : all) {
    broker.ask(bad.append);
    EXPECT_EQ(broker.reply().err(), "invalid") << bad.name;
  }
  EXPECT_FALSE(broker.journal.in_flight());
  broker.write(1);
  EXPECT_EQ(broker.core->commit_seq(), Seq(3));
}

TEST(Sequencer, AnAppendThatIsNotWholeEventsIsRefusedAndLeavesNoTrace) {
  Driver broker;
  broker.with_writer();
  const auto epoch = broker.epoch();
  const std::string event = voided("key");
  const std::vector<Bad> all{
      {"no event", {epoch, ProducerNo(1), 0, 0, {}}},
      {"fewer events than `count`", {epoch, ProducerNo(1), 2, 0, {event}}},
      {"more events than `count`", {epoch, ProducerNo(1), 1, 0, {event + event}}},
      {"a torn event", {epoch, ProducerNo(1), 1, 0, {event.substr(0, event.size() - 1)}}},
      {"not a map", {epoch, ProducerNo(1), 1, 0, {std::string("\x93\x01\x02\x03")}}},
      {"nesting without end", {epoch, ProducerNo(1), 1, 0, {"\x81\x01" + std::string(1000, '\x91')}}},
      {"too many", append_of(epoch, 1, msg::kBlockEventsMax + 1)},
      {"too large", {epoch, ProducerNo(1), 1, 0, {std::string(Sequencer::kAppendBytesMax + 1, '\x01')}}},
      {"number 0", append_of(epoch, 0)},
  };
  expect_refused_without_a_trace(broker, all);
}

// Each of them would have ended every process that follows the stream, for ever (a replica that cannot read an event or
// finds it wrong stops).
TEST(Sequencer, AnEventThatNoProcessCouldFollowIsRefusedAndLeavesNoTrace) {
  Driver broker;
  broker.with_writer();
  const auto epoch = broker.epoch();
  const auto one = [&](const auto& what, std::int64_t at = 0) {
    return msg::Append{epoch, ProducerNo(1), 1, at, {msg::encoded(msg::Event{at, what})}};
  };
  const msg::OrderPlaced order{"k", 1, base::OrderNo(1), msg::OrderType::kBuy, "", {}, base::Cents(5), {}};
  std::string unknown = voided("key");
  unknown.replace(unknown.find("key_voided"), 10, "key_VOIDED");
  const std::vector<Bad> all{
      {"an unknown type", {epoch, ProducerNo(1), 1, 0, {unknown}}},
      {"no fields", {epoch, ProducerNo(1), 1, 0, {"\x80"}}},
      {"a limit passed", one(msg::KeyVoided{std::string(65, 'k')})},
      {"an order without lines", one(order)},
      {"an event of the broker's", one(msg::StoreCreated{"other", {}})},
      {"an appointment", one(msg::WriterAppointed{"order-9", Incarnation(9)})},
      {"a holder", one(msg::HolderJoined{"frontend-9", Incarnation(9)})},
  };
  expect_refused_without_a_trace(broker, all);
}

TEST(SequencerDeathTest, ACommitThatIsNotInFlightIsOurBug) {
  Driver broker;
  base::Outbox out;
  EXPECT_DEATH(broker.core->on_committed(base::BlockNo(7), {broker.now, out}), "not in flight");
}

TEST(Sequencer, AFencedBrokerStopsAndSaysSo) {
  Driver broker;
  base::Outbox out;
  broker.core->on_fenced({broker.now, out});
  ASSERT_TRUE(out.stopped());
  EXPECT_THAT(*out.stopped(), testing::HasSubstr("another broker"));
}

}  // namespace
}  // namespace broker
