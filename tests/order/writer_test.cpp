#include "order/writer.h"

#include "ledger/command.h"
#include "tests/order/memory_store.h"
#include "tests/order/words.h"
#include "tests/support/collide.h"

namespace order {
namespace {

using base::Seq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A writer, and a broker that commits what it is sent when the test says so.
class WriterTest : public ::testing::Test {
 protected:
  WriterTest() {
    appoint();
    given(1, 5);
  }

  void given(std::uint64_t item, std::int64_t stock) {
    when(add(fmt::format("given-{}", item), item, stock));
    commit();
    answers(out);
  }
  void appoint(const std::string& instance = "order-1", std::uint64_t incarnation = 11) {
    epoch = base::epoch_of(seq.next());
    producer = {};
    apply({msg::Event{0, msg::WriterAppointed{instance, base::Incarnation(incarnation)}}});
  }
  // Requests are numbered 1, 2, 3, ... in each test.
  template <class Request>
  void when(Request request, bool trace = false) {
    const bool given = request.key.rfind("given", 0) == 0;
    writer.on_command({{"frontend", false}, given ? 0 : ++asked, now.mono, trace}, request, now, out);
  }
  void settle() {
    writer.on_settled("broker", now, out);
    for (auto& sent : appends(out)) {
      last_id = sent.id;
      wire.push_back(std::move(sent.append));
    }
  }
  // What is on the wire becomes one block, as a broker does it: repeats and gaps are left out.
  void commit() {
    settle();
    std::vector<msg::Event> events;
    for (const auto& append : wire) {
      if (append.epoch != epoch || append.producer != producer.next()) continue;
      producer = append.producer;
      for (auto& event : events_of(append)) events.push_back(std::move(event));
    }
    wire.clear();
    if (!events.empty()) apply(events);
  }
  void apply(const std::vector<msg::Event>& events) {
    msg::Block block;
    block.first = seq.next();
    block.count = static_cast<std::uint32_t>(events.size());
    block.epoch = epoch;
    block.producer = producer;
    for (const auto& event : events) evolve(event);
    writer.on_block(block);
  }
  void evolve(const msg::Event& event) {
    seq = seq.next();
    items.evolve(event, seq);
    const auto order = orders.evolve(event, seq);
    if (order) store.put_order(*order);
    if (const auto used = ledger::used_key(event, seq, &items)) store.put_key(used->key, used->record);
    writer.on_event(event, seq, order ? &*order : nullptr, now, out);
  }
  void refuse(msg::Code code, std::uint64_t id, std::uint64_t expected = 0) {
    writer.on_refusal(id, {.code = code, .expected = base::ProducerNo(expected)}, "broker", now, out);
    for (auto& sent : appends(out)) wire.push_back(std::move(sent.append));
  }
  void hear_leader(std::uint64_t term) {
    msg::Leadership leader;
    leader.term = base::Term(term);
    leader.epoch = epoch;
    leader.producer = producer;
    writer.on_leader(leader, "broker", now, out);
    for (auto& sent : appends(out)) wire.push_back(std::move(sent.append));
  }
  std::vector<std::string> then() { return answers(out); }
  std::int64_t stock(std::uint64_t item) const { return items.find(base::ItemId(item))->stock.value(); }

  base::Now now{base::Mono(std::chrono::hours(1)), 1'000'000};
  base::Outbox out;
  MemoryStore store;
  ledger::Items items;
  ledger::Orders orders;
  Writer writer{{"order-1", base::Incarnation(11)}, items, orders, store};
  std::vector<msg::Append> wire;
  Seq seq;  // 1: appointed, 2: item 1; a test starts at 3
  base::Epoch epoch;
  base::ProducerNo producer;
  std::uint64_t asked = 0;
  std::uint64_t last_id = 0;
};

TEST_F(WriterTest, AnswersOnceItIsCommitted) {
  when(buy("k", 1, 2));
  settle();
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3"));
  EXPECT_EQ(stock(1), 3);
  EXPECT_TRUE(writer.idle());
}

TEST_F(WriterTest, PipelinesWithoutWaiting) {
  when(buy("a", 1));
  settle();
  when(buy("b", 1));
  settle();
  EXPECT_THAT(wire, SizeIs(2)) << "the second left before the first was committed";
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3", "2: order 2 @4"));
}

TEST_F(WriterTest, PacksWhatArrivedTogether) {
  for (const auto* key : {"a", "b", "c"}) when(buy(key, 1));
  settle();
  ASSERT_THAT(wire, SizeIs(1));
  EXPECT_EQ(wire[0].count, 3U);
}

TEST_F(WriterTest, EveryChangeIsAnsweredAsOfItsOwnEvent) {
  when(restock("a", 1, 2));
  when(price("b", 1, 300));
  when(restock("c", 1, -7));
  when(add("d", 9, 4));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: item 1 stock 7 price 100 @3", "2: item 1 stock 7 price 300 @4",
                                  "3: item 1 stock 0 price 300 @5", "4: item 9 stock 4 price 100 @6"));
}

TEST_F(WriterTest, RetriedOrderTakesStockOnce) {
  when(buy("k", 1, 2));
  commit();
  when(buy("k", 1, 2));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3", "2: order 1 @3"));
  EXPECT_EQ(stock(1), 3);
}

TEST_F(WriterTest, DuplicateKeyInFlightIsAnsweredTwice) {
  when(buy("k", 1, 2));
  when(buy("k", 1, 2));
  settle();
  when(buy("k", 1, 2));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3", "2: order 1 @3", "3: order 1 @3"));
  EXPECT_EQ(stock(1), 3);
}

TEST_F(WriterTest, DuplicateFindsItsPlaceAmongMany) {
  for (const auto* key : {"a", "b", "c"}) when(buy(key, 1));
  when(buy("b", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3", "2: order 2 @4", "4: order 2 @4", "3: order 3 @5"));
}

TEST_F(WriterTest, RepeatedChangesAreAnsweredAsTheFirstTimeByteForByte) {
  const auto bodies = [&] {
    std::vector<std::string> all;
    for (const auto& message : messages_of(out.replies())) all.emplace_back(message.body);
    out.replies().clear();
    return all;
  };
  const auto all = [&] {
    when(restock("a", 1, 2));
    when(add("b", 9, 4));
    when(price("c", 9, 250));
    when(price("d", 1, 99));
  };
  all();
  commit();
  const auto first = bodies();
  ASSERT_THAT(first, SizeIs(4));
  when(restock("e", 1, 7));
  when(price("f", 9, 1));
  commit();
  bodies();
  all();
  EXPECT_EQ(bodies(), first);
}

TEST_F(WriterTest, RepeatedChangesRevealTheirEventAndNotALaterOne) {
  when(restock("a", 1, 2));
  when(restock("b", 1, 2));
  commit();
  then();
  when(restock("a", 1, 2));
  EXPECT_THAT(then(), ElementsAre("3: item 1 stock 7 price 100 @3"));
}

TEST_F(WriterTest, AChangeThatAViewOfFormat2HasLeftIsToldAsTheItemIsNow) {
  when(restock("a", 1, 2));
  commit();
  then();
  auto record = *store.key("a");
  record.digest.reset();
  record.change.reset();
  store.put_key("a", record);
  when(restock("b", 1, 2));
  commit();
  then();
  when(restock("a", 1, 2));
  EXPECT_THAT(then(), ElementsAre("3: item 1 stock 9 price 100 @4"));
}

// What made one writer after the other abort: the writer took the add for the repetition of the restock.
TEST_F(WriterTest, ARequestWithTheShortDigestOfAnotherIsRefused) {
  const auto first = restock("k", 1, 1);
  const auto second = support::add_with_short_digest("k", ledger::short_digest(first));
  ASSERT_EQ(ledger::short_digest(second), ledger::short_digest(first));
  when(first);
  when(second);
  commit();
  when(second);
  EXPECT_THAT(then(), ElementsAre("1: item 1 stock 6 price 100 @3", "2: key_reused @3", "3: key_reused @3"));
  auto record = *store.key("k");
  record.digest.reset();
  store.put_key("k", record);
  when(second);
  record.change.reset();
  store.put_key("k", record);
  when(second);
  when(first);
  EXPECT_THAT(then(), ElementsAre("4: key_reused @3", "5: key_reused @3", "6: item 1 stock 6 price 100 @3"));
}

TEST_F(WriterTest, RepeatedAddFindsTheIdsThatWereGiven) {
  const msg::NewItem unnamed{{}, "a", "t", base::Cents(1), base::Quantity(1)};
  msg::NewItem named = unnamed;
  named.id = base::ItemId(5);
  const msg::AddItems request{"k", {unnamed, named, unnamed}};
  when(request);
  commit();
  when(request);
  const std::string added = "item 6 stock 1 price 1 item 5 stock 1 price 1 item 7 stock 1 price 1 @3";
  EXPECT_THAT(then(), ElementsAre("1: " + added, "2: " + added));
}

TEST_F(WriterTest, RejectionWaitsForWhatItReveals) {
  when(buy("a", 1, 5));
  when(buy("b", 1, 1));
  settle();
  EXPECT_THAT(then(), IsEmpty()) << "that it is sold out is not committed yet";
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3", "2: out_of_stock @3"));
}

TEST_F(WriterTest, RejectionWithNothingPendingIsAnsweredAtOnce) {
  when(buy("a", 1, 6));
  EXPECT_THAT(then(), ElementsAre("1: out_of_stock @2"));
}

TEST_F(WriterTest, InvalidRequestIsAnsweredAtOnce) {
  when(buy("a", 1));
  when(buy("b", 1, 0));
  EXPECT_THAT(then(), ElementsAre("2: invalid @2"));
}

TEST_F(WriterTest, ReusedKeyIsRefused) {
  when(buy("k", 1, 1));
  when(buy("k", 1, 2));
  commit();
  when(restock("k", 1, 1));
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3", "2: key_reused @3", "3: key_reused @3"));
}

TEST_F(WriterTest, OutcomeTellsWhatTheKeyDid) {
  when(buy("k", 1));
  when(outcome("k"));
  commit();
  when(outcome("k"));
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3", "2: outcome order 1 @3", "3: outcome order 1 @3"));
}

TEST_F(WriterTest, OutcomeVoidsAnUnknownKey) {
  when(outcome("k"));
  when(outcome("k"));
  when(buy("k", 1));
  EXPECT_THAT(then(), IsEmpty());
  commit();
  when(buy("k", 1));
  when(outcome("k"));
  EXPECT_THAT(then(), ElementsAre("1: outcome void @3", "2: outcome void @3", "3: key_voided @3", "4: key_voided @3",
                                  "5: outcome void @3"));
  EXPECT_EQ(stock(1), 5);
}

TEST_F(WriterTest, OutcomeOfAChangeIsAChange) {
  when(restock("k", 1, 1));
  commit();
  when(outcome("k"));
  EXPECT_THAT(then(), ElementsAre("1: item 1 stock 6 price 100 @3", "2: outcome change @3"));
}

TEST_F(WriterTest, OnlyTheWriterDecides) {
  appoint("order-2");
  when(buy("k", 1));
  EXPECT_THAT(then(), ElementsAre("1: not_writer @3"));
}

TEST_F(WriterTest, AnotherLifeOfThisReplicaIsAnother) {
  appoint("order-1", 12);
  EXPECT_FALSE(writer.is_writer());
}

TEST_F(WriterTest, DeposedWriterDropsPending) {
  when(buy("a", 1, 5));
  when(buy("b", 1, 1));
  settle();
  appoint("order-2");
  EXPECT_THAT(then(), ElementsAre("1: not_writer @3", "2: not_writer @3"));
  EXPECT_TRUE(writer.idle());
  appoint();
  when(buy("c", 1, 5));
  commit();
  EXPECT_THAT(then(), ElementsAre("3: order 1 @5")) << "nothing of the old plan is left";
}

TEST_F(WriterTest, FencedWriterSendsItsAskersAway) {
  when(buy("a", 1));
  when(buy("b", 1, 9));
  settle();
  refuse(msg::Code::kFenced, last_id);
  EXPECT_THAT(then(), ElementsAre("1: not_writer @2", "2: not_writer @2"));
  when(buy("c", 1));
  EXPECT_THAT(then(), ElementsAre("3: not_writer @2"));
  EXPECT_FALSE(writer.is_writer());
}

// The broker accepted another appointment, said `fenced`, and died before the appointment was durable: nobody else will
// ever decide in this epoch.
TEST_F(WriterTest, FencedWriterGoesOnIfTheAppointmentWasNeverMade) {
  hear_leader(1);
  when(buy("a", 1));
  settle();
  wire.clear();
  const auto refused_id = last_id;
  refuse(msg::Code::kFenced, refused_id);
  then();
  hear_leader(1);
  EXPECT_FALSE(writer.is_writer()) << "the leader that fenced us has not changed";
  hear_leader(2);
  EXPECT_TRUE(writer.is_writer());
  refuse(msg::Code::kFenced, refused_id);
  EXPECT_TRUE(writer.is_writer()) << "that was the old leader's word";
  when(buy("a", 1));
  when(buy("b", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("2: order 1 @3", "3: order 2 @4"));
}

TEST_F(WriterTest, LateRefusalOfAnEarlierEpochChangesNothing) {
  when(buy("a", 1));
  settle();
  const auto id = last_id;
  appoint("order-2");
  appoint();
  then();
  when(buy("b", 1));
  settle();
  refuse(msg::Code::kFenced, id);
  EXPECT_TRUE(writer.is_writer());
  EXPECT_THAT(then(), IsEmpty());
}

TEST_F(WriterTest, PendingThatWasCommittedBeforeTheNextWriterIsFoundByItsKey) {
  when(buy("k", 1));
  settle();
  const auto lost = events_of(wire[0]);
  refuse(msg::Code::kFenced, last_id);
  producer = producer.next();
  apply(lost);
  then();
  appoint();
  when(buy("k", 1));
  EXPECT_THAT(then(), ElementsAre("2: order 1 @3"));
}

TEST_F(WriterTest, EventsBeforeAnotherAppointmentInTheSameBlockAreConfirmed) {
  when(buy("a", 1));
  when(buy("b", 1));
  settle();
  auto events = events_of(wire[0]);
  events.push_back({0, msg::WriterAppointed{"order-2", base::Incarnation(2)}});
  epoch = base::Epoch(5);
  producer = {};
  apply(events);
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3", "2: order 2 @4"));
  EXPECT_FALSE(writer.is_writer());
}

TEST_F(WriterTest, ResendsAfterBrokerRestart) {
  hear_leader(1);
  when(buy("a", 1));
  settle();
  wire.clear();
  hear_leader(2);
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3"));
}

TEST_F(WriterTest, ResendsWhatTheBrokerMissed) {
  when(buy("a", 1));
  settle();
  wire.clear();
  when(buy("b", 1));
  settle();
  wire.clear();
  refuse(msg::Code::kSkipped, last_id, 2);  // 1 brought the item
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @3", "2: order 2 @4"));
}

TEST_F(WriterTest, RetiredWriterTakesNothingNewAndFinishes) {
  when(buy("a", 1));
  writer.retire();
  when(buy("b", 1));
  EXPECT_FALSE(writer.idle());
  commit();
  EXPECT_TRUE(writer.idle());
  EXPECT_THAT(then(), ElementsAre("2: not_writer @2", "1: order 1 @3"));
}

TEST_F(WriterTest, TimeNeverGoesBack) {
  when(buy("a", 1));
  now.wall -= 5'000;
  when(buy("b", 1));
  commit();
  EXPECT_EQ(store.order(base::OrderNo(2))->at, store.order(base::OrderNo(1))->at);
}

TEST_F(WriterTest, BusyBeyondTheAskersItCanHold) {
  for (std::size_t i = 0; i < Writer::kWaitingMax; ++i) when(buy("no-such-item", 2));  // rejected, nothing is pending
  then();
  when(restock("first", 1, 1));
  for (std::size_t i = 1; i < Writer::kWaitingMax; ++i) when(restock("first", 1, 1));
  EXPECT_THAT(then(), IsEmpty());
  when(restock("one too many", 1, 1));
  EXPECT_THAT(then(), SizeIs(1));
  EXPECT_EQ(writer.counters().busy, 1U);
  commit();
  then();
  when(restock("one more", 1, 1));
  EXPECT_EQ(writer.counters().busy, 1U) << "there is room again";
}

TEST_F(WriterTest, BusyBeyondTheBytesItCanHold) {
  const msg::NewItem large{{}, std::string(msg::kTitleBytesMax, 't'), "t", base::Cents(1), base::Quantity(1)};
  for (int i = 0; writer.counters().busy == 0 && i < 1000; ++i) {
    when(msg::AddItems{fmt::format("k{}", i), std::vector(msg::kItemsAddedMax, large)});
  }
  EXPECT_EQ(writer.counters().busy, 1U);
  EXPECT_LT(writer.appends().bytes(), Writer::kUnconfirmedBytesMax + 256 * 1024);
}

TEST_F(WriterTest, BusyWhileTheJournalStalls) {
  when(restock("first", 1, 1));
  settle();
  now.mono += Writer::kPendingAgeMax;
  when(restock("too late", 1, 1));
  EXPECT_EQ(writer.counters().busy, 1U);
  commit();
  when(restock("in time", 1, 1));
  EXPECT_EQ(writer.counters().busy, 1U) << "the journal has come back";
}

TEST_F(WriterTest, TraceTellsWhereTheTimeWent) {
  when(buy("k", 1), true);
  now.mono += std::chrono::milliseconds(2);
  settle();
  now.mono += std::chrono::milliseconds(3);
  commit();
  const auto replies = messages_of(out.replies());
  ASSERT_THAT(replies, SizeIs(1));
  const auto spans = replies[0].header.spans.value();
  ASSERT_THAT(spans, SizeIs(3));
  EXPECT_EQ(spans[0].tier, "order");
  EXPECT_EQ(spans[0].us, 5'000U);
  EXPECT_EQ(spans[1].tier, "decide");
  EXPECT_EQ(spans[2].tier, "commit");
  EXPECT_EQ(spans[2].us, 3'000U);
}

TEST_F(WriterTest, AnEventOfItsEpochThatItDidNotDecideIsABug) {
  EXPECT_DEATH(apply({msg::Event{0, msg::KeyVoided{"k"}}}), "not decided here");
  when(outcome("a"));
  EXPECT_DEATH(apply({msg::Event{0, msg::KeyVoided{"b"}}}), "not what was decided");
}

TEST_F(WriterTest, ABlockThatConfirmsButDoesNotBringItIsABug) {
  when(buy("a", 1));
  settle();
  producer = producer.next();
  EXPECT_DEATH(apply({msg::Event{0, msg::HolderJoined{"frontend-1", base::Incarnation(1)}}}), "0 events unconfirmed");
}

}  // namespace
}  // namespace order
