#include "order/writer.h"

#include "ledger/command.h"
#include "tests/order/writer_fixture.h"
#include "tests/support/collide.h"

namespace order {
namespace {

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

// An edge may show a version before the writer has applied it: the watermark does not wait for the writer.
TEST_F(WriterTest, AVersionThatAPendingEventMayHaveIsComparedOnceThatEventIsCommitted) {
  when(restock("a", 1, 2));
  auto right = price("b", 1, 300);
  right.version = Seq(3);
  when(right);
  auto wrong = restock("c", 1, 1);
  wrong.version = Seq(2);
  when(wrong);
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre("1: item 1 stock 7 price 100 @3")) << "the price is decided, and pending again";
  commit();
  EXPECT_THAT(then(), ElementsAre("2: item 1 stock 7 price 300 @4", "3: version_changed @4"));
  EXPECT_TRUE(writer.idle());
}

TEST_F(WriterTest, AWrongVersionOfAnItemThatAlwaysHasAPendingEventIsRefusedAfterTwoCommits) {
  when(restock("a", 1, 1));
  settle();
  for (const std::uint64_t version : {2U, 1'000'000U}) {
    auto wrong = price("wrong" + std::to_string(version), 1, 300);
    wrong.version = Seq(version);
    when(wrong);
  }
  for (const auto* key : {"b", "c", "d"}) {
    when(restock(key, 1, 1));
    settle();
    commit(1);
  }
  EXPECT_THAT(then(), testing::IsSupersetOf({"2: version_changed @4", "3: version_changed @4"}));
  EXPECT_FALSE(writer.idle());
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

TEST_F(WriterTest, AnEditIsAnsweredWithTheItemAndAgainAsTheFirstTime) {
  when(retitle("a", 1, "New"));
  when(retire("b", 1));
  when(buy("c", 1));
  commit();
  EXPECT_THAT(then(),
              ElementsAre("1: item 1 stock 5 price 100 @3", "2: item 1 stock 5 price 100 @4", "3: not_for_sale @4"));
  when(restock("d", 1, 1));
  commit();
  then();
  when(retire("b", 1));
  EXPECT_THAT(then(), ElementsAre("5: item 1 stock 5 price 100 @4")) << "nothing was edited since";
  when(retitle("a", 1, "New"));
  EXPECT_THAT(then(), ElementsAre("6: item 1 stock 6 price 100 @5")) << "it was retired since";
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

// One writer after the other aborted, because it took the add for the repetition of the restock.
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
  now.wall += 1'000;  // later than all that is committed
  when(buy("a", 1));
  now.wall -= 5'000;
  when(buy("b", 1));
  commit();
  EXPECT_EQ(store.order(base::OrderNo(2))->at, store.order(base::OrderNo(1))->at);
}

TEST_F(WriterTest, TimeGoesOnFromWhatAnotherWriterHasStamped) {
  appoint("order-2");
  apply({msg::Event{now.wall + 5'000, msg::KeyVoided{"k"}}});
  appoint();
  when(buy("a", 1));
  commit();
  EXPECT_EQ(store.order(base::OrderNo(1))->at, now.wall + 5'000);
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
