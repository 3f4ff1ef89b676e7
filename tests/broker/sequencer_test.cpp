// Group commit, fencing, producer numbers.
#include "broker/sequencer.h"

#include <gmock/gmock.h>

#include <algorithm>

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
  EXPECT_EQ(payload.substr(0, used), broker.journal.read(block.first, block.first, 1).front());
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

std::vector<std::int64_t> times(const Driver& broker) {
  std::vector<std::int64_t> all;
  for (std::uint64_t no = 1; no <= broker.journal.size(); ++no) {
    const auto block = broker.journal.block(no);
    const auto events = msg::decode_events(block.events.bytes, block.count).value();
    for (const auto& event : events) all.push_back(event.at);
    EXPECT_EQ(block.at, all.back());
  }
  return all;
}

TEST(Sequencer, EventTimesNeverFallAlthoughTwoClocksStampThem) {
  Driver broker;
  broker.with_writer();
  const auto ahead = broker.now.wall + 60'000;  // by the writer's clock
  const auto write_at = [&](std::uint64_t producer, std::int64_t at) {
    auto append = append_of(broker.epoch(), producer, 1, 10, at);
    broker.ask(append);
    broker.commit_all();
  };
  write_at(1, ahead);
  broker.lease("frontend-1", 3);  // joins by the broker's clock, which is a minute behind
  broker.commit_all();
  write_at(2, ahead + 1);
  broker.reopen();  // the leader's knowledge comes from the journal
  broker.now.wall += 300'000;
  broker.pass(300);  // it has listened for its members
  broker.lease("frontend-2", 5);
  broker.commit_all();
  write_at(3, ahead + 1);
  broker.beat({.applied = 7});
  broker.pass(2000);
  broker.beat({.instance = "order-2", .applied = 7});
  broker.pass(2000);
  broker.commit_all();
  EXPECT_EQ(broker.control().writer, "order-2");
  write_at(1, broker.now.wall);
  EXPECT_TRUE(std::ranges::is_sorted(times(broker))) << testing::PrintToString(times(broker));
}

TEST(Sequencer, AnAppointmentUnderAClockThatHasLeaptGetsTheTimeThatReplicasTell) {
  constexpr std::int64_t kYear = std::int64_t{365} * 24 * 3'600'000;
  Driver broker;
  broker.with_writer();
  const auto right = broker.now.wall;
  broker.reopen();
  broker.now.wall += kYear;
  broker.pass(400);
  broker.beat({.instance = "order-2", .applied = 2, .at = right + 400});
  broker.pass(100);
  broker.commit_all();
  EXPECT_EQ(broker.control().writer, "order-2");
  EXPECT_EQ(times(broker).back(), right + 410);
  const auto beat = broker.heartbeat();
  EXPECT_LT(beat.at.value_or(right + kYear), right + 600'000);
  EXPECT_EQ(beat.trouble.value_or(std::vector<std::string>()).size(), 1U);
  broker.now.wall -= kYear;
  EXPECT_FALSE(broker.heartbeat().trouble);
}

TEST(Sequencer, AHolderThatJoinsDuringAWritersReignTakesTheWritersTime) {
  Driver broker;
  broker.with_writer();
  const auto behind = times(broker).back();  // the writer's clock stands still
  broker.now.wall += 60'000;
  broker.lease("frontend-1", 2);
  broker.commit_all();
  broker.ask(append_of(broker.epoch(), 1, 1, 10, behind));  // decided before the writer knew of the edge
  broker.commit_all();
  EXPECT_TRUE(std::ranges::is_sorted(times(broker))) << testing::PrintToString(times(broker));
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

TEST(Sequencer, NoAppendMovesTheStreamsTimeMoreThanAnHourAhead) {
  Driver broker;
  broker.with_writer();
  broker.beat({.instance = "order-2", .applied = 2, .at = broker.now.wall});
  const auto latest = broker.now.wall + Sequencer::kAheadMax;
  for (const std::int64_t at : {latest + 1, std::int64_t{1} << 62, std::int64_t{-1}}) {
    broker.ask(append_of(broker.epoch(), 1, 1, 10, at));
    EXPECT_EQ(broker.reply().err(), "invalid") << at;
  }
  auto other_time = append_of(broker.epoch(), 1);
  other_time.at = 1;
  broker.ask(other_time);
  EXPECT_EQ(broker.reply().err(), "invalid") << "the time is not that of the last event";
  broker.ask(append_of(broker.epoch(), 1, 1, 10, latest));
  broker.commit_all();
  EXPECT_EQ(times(broker).back(), latest);
  broker.now.wall -= 3 * Sequencer::kAheadMax;
  broker.ask(append_of(broker.epoch(), 2, 1, 10, latest));
  EXPECT_TRUE(broker.replies.empty()) << "the stream is there already";
  broker.ask(append_of(broker.epoch(), 3, 1, 10, latest + 1));
  EXPECT_EQ(broker.reply().err(), "invalid");
}

TEST(Sequencer, ABrokerWhoseClockIsBehindTakesTheTimeOfTheOthers) {
  Driver broker;
  broker.with_writer();
  const auto right = broker.now.wall + 10 * Sequencer::kAheadMax;
  for (const auto* replica : {"order-1", "order-2", "catalog-1"}) {
    broker.beat({.instance = replica, .applied = 2, .at = right});
  }
  broker.ask(append_of(broker.epoch(), 1, 1, 10, right));
  EXPECT_TRUE(broker.replies.empty());
}

TEST(Sequencer, ABrokerWhoseClockIsAheadOfTheOthersTakesItsOwnTime) {
  Driver broker;
  broker.with_writer();
  for (const auto* replica : {"order-1", "order-2", "catalog-1"}) {
    broker.beat({.instance = replica, .applied = 2, .at = broker.now.wall - 60'000});
  }
  broker.ask(append_of(broker.epoch(), 1, 1, 10, broker.now.wall + Sequencer::kAheadMax));
  EXPECT_TRUE(broker.replies.empty());
}

// A thief of the writer's key must not use the moment after the start of a broker whose clock is wrong.
TEST(Sequencer, ABrokerThatNobodyHasToldTheTimeKeepsToTheStreams) {
  constexpr std::int64_t kYear = std::int64_t{365} * 24 * 3'600'000;
  Driver broker;
  broker.with_writer();
  const auto right = broker.now.wall;
  broker.reopen();
  broker.now.wall += kYear;
  const auto hour = right + Sequencer::kAheadMax;
  broker.ask(append_of(broker.epoch(), 1, 1, 10, hour + 1));
  EXPECT_EQ(broker.reply().err(), "busy");
  broker.ask(append_of(broker.epoch(), 1, 1, 10, hour));
  EXPECT_TRUE(broker.replies.empty()) << "most stores write within an hour of their last event";
  broker.ask(append_of(broker.epoch(), 2, 1, 10, hour + Sequencer::kAheadMax + 1));
  EXPECT_EQ(broker.reply().err(), "busy");
  broker.beat({.instance = "order-2", .applied = 2, .at = hour + Sequencer::kAheadMax});
  broker.ask(append_of(broker.epoch(), 2, 1, 10, hour + Sequencer::kAheadMax + 1));
  EXPECT_TRUE(broker.replies.empty());
}

// The stream of a store whose clock was ahead stays ahead. No process that tells the right time can be compared then.
TEST(Sequencer, ABrokerThatNobodyCanTellTheTimeTakesTheTimeThatTheStreamHas) {
  Driver broker;
  broker.with_writer();
  const auto latest = broker.now.wall + Sequencer::kAheadMax;
  broker.reopen();
  broker.now.wall -= 3 * Sequencer::kAheadMax;
  broker.beat({.instance = "order-2", .applied = 2, .at = broker.now.wall});
  broker.ask(append_of(broker.epoch(), 1, 1, 10, latest));
  EXPECT_TRUE(broker.replies.empty());
  broker.ask(append_of(broker.epoch(), 2, 1, 10, latest + 1));
  EXPECT_EQ(broker.reply().err(), "busy") << "a thief does not get an hour more with each append";
}

// The writer's time does not go back, and the event that it sent last may not have come.
TEST(Sequencer, TheClocksMayBeSetBackWhileAnAppendIsUnderWay) {
  Driver broker;
  broker.with_writer();
  broker.beat({.instance = "order-2", .applied = 2, .at = broker.now.wall});
  broker.ask(append_of(broker.epoch(), 1, 1, 10, broker.now.wall));
  const auto sent = broker.now.wall + 5;
  broker.now.wall -= 3 * Sequencer::kAheadMax;
  broker.beat({.instance = "order-2", .applied = 2, .at = broker.now.wall});
  broker.ask(append_of(broker.epoch(), 2, 1, 10, sent));
  EXPECT_TRUE(broker.replies.empty());
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
