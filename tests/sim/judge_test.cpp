// Tests of the checkers: each writes the blocks and the answers of a shop itself.
#include "tests/sim/judge_fixture.h"

namespace sim {
namespace {

using base::Cents;
using base::ItemId;
using base::OrderNo;
using base::Quantity;
using base::Seq;

TEST_F(JudgeTest, AGoodShopIsAcquitted) {
  ann_buys();
  answer(ask(msg::Lookup{.item = ItemId(1)}), 2, item(2, 3));
  refuse(ask(buy("k2", 4)), 2, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(3)});
  answer(ask(msg::Search{.topic = "SCHOOL"}), 2, msg::ItemsReply{{item(2, 3).item}, {}});
  answer(ask(msg::ListOrders{}), 2, msg::OrdersReply{{judge_order(1)}, {}});
  answer(ask(msg::Outcome{"k"}), 2, msg::OutcomeReply{msg::OutcomeKind::kOrder, Seq(2), judge_order(1)});
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeTest, OversellingIsFound) {
  ask(buy("k", 6));
  bought("k", 1, 6, -1);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeTest, AWrongStockInAnEventIsFound) {
  ask(buy("k", 2));
  bought("k", 1, 2, 4);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeTest, AGapInTheOrderNumbersIsFound) {
  ask(buy("k", 2));
  bought("k", 2, 2, 3);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeTest, ABrokenChainIsFound) {
  hash = msg::no_hash();
  bought("k", 1, 2, 3);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeTest, AKeyThatTakesEffectTwiceIsFound) {
  ann_buys();
  bought("k", 2, 2, 1);
  settle();
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeTest, AnEffectThatNobodyAskedForIsFound) {
  ask(buy("k", 2));
  bought("k", 1, 3, 2);
  settle();
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeTest, AnAcknowledgementThatIsNotDurableIsFound) {
  answer(ask(buy("k", 2)), 1, msg::OrderReply{});
  EXPECT_EQ(verdict(), "G2:");
}

TEST_F(JudgeTest, AStaleReadIsFound) {
  ann_buys();
  answer(ask(msg::Lookup{.item = ItemId(1)}), 1, item(1, 5));
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AReadThatOverlapsTheWriteMayGiveEither) {
  const auto before = ask(msg::Lookup{.item = ItemId(1)});
  ann_buys();
  answer(before, 1, item(1, 5));
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeTest, ReadsThatGoBackAreFound) {
  ask(buy("k", 2));
  const auto first = ask(msg::Lookup{.item = ItemId(1)});
  bought("k", 1, 2, 3);
  answer(first, 2, item(2, 3));  // shows the write before its acknowledgement
  answer(ask(msg::Lookup{.item = ItemId(1)}), 1, item(1, 5));
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AStateThatNeverExistedIsFound) {
  answer(ask(msg::Lookup{.item = ItemId(1)}), 1, item(1, 4));
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AChangeIsAnsweredAlikeHoweverLate) {
  const msg::Restock restock{.key = "r", .item = ItemId(1), .delta = Quantity(5)};
  const auto first = ask(restock);
  happens(msg::StockMoved{.key = "r", .item = ItemId(1), .delta = Quantity(5), .stock = Quantity(10)});
  answer(first, 2, left(2, 10));
  ask(buy("k", 2));
  bought("k", 1, 2, 8);
  answer(ask(msg::Lookup{.item = ItemId(1)}), 3, item(3, 8));
  answer(ask(restock), 2, left(2, 10));
  EXPECT_EQ(verdict(), "");
  answer(ask(restock), 3, left(3, 8));
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ACountIsAnsweredWithWhatWasFound) {
  const msg::CountStock count{.key = "c", .item = ItemId(1), .stock = Quantity(3)};
  const auto first = ask(count);
  msg::StockMoved moved{.key = "c", .item = ItemId(1), .delta = Quantity(-2), .stock = Quantity(3)};
  moved.counted = true;
  happens(moved);
  answer(first, 2, left(2, 3));
  EXPECT_EQ(verdict(), "");
  answer(ask(count), 2, left(2, 5));
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARestockIsNoCount) {
  const auto asked = ask(msg::CountStock{.key = "c", .item = ItemId(1), .stock = Quantity(3)});
  happens(msg::StockMoved{.key = "c", .item = ItemId(1), .delta = Quantity(-2), .stock = Quantity(3)});
  answer(asked, 2, left(2, 3));
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeTest, AChangeThatDoesNotTellWhenIsFound) {
  const auto first = ask(msg::Restock{.key = "r", .item = ItemId(1), .delta = Quantity(5)});
  happens(msg::StockMoved{.key = "r", .item = ItemId(1), .delta = Quantity(5), .stock = Quantity(10)});
  answer(first, 2, item(2, 10));
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnotherPriceBeforeIsFound) {
  const auto first = ask(msg::ChangePrice{.key = "p", .item = ItemId(1), .price = Cents(90)});
  happens(msg::PriceChanged{.key = "p", .item = ItemId(1), .price = Cents(90), .was = Cents(100)});
  auto reply = left(2, 5);
  reply.item.price = Cents(90);
  reply.was = Cents(99);
  answer(first, 2, reply);
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnAnswerFromTheFutureIsFound) {
  answer(ask(msg::Lookup{.item = ItemId(1)}), 9, item(1, 5));
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnAnswerThatRevealsMoreThanItSaysIsFound) {
  const auto read = ask(msg::Lookup{.item = ItemId(1)});
  ann_buys();
  answer(read, 1, item(2, 3));
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ASearchThatMixesTwoStatesIsFound) {
  const auto search = ask(msg::Search{});
  ask(msg::AddItems{.key = "b", .items = {{ItemId(2), "RPCs", "school", Cents(100), Quantity(5)}}});
  ask(buy("k", 2));
  bought("k", 1, 2, 3);
  happens(msg::ItemsAdded{.key = "b", .items = {{ItemId(2), "RPCs", "school", Cents(100), Quantity(5)}}});
  const msg::Item second{ItemId(2), "RPCs", "school", Cents(100), Quantity(5), Seq(3)};
  answer(search, 3, msg::ItemsReply{{item(1, 5).item, second}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnItemMissingFromASearchIsFound) {
  ann_buys();
  answer(ask(msg::Search{}), 1, msg::ItemsReply{});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnOrderMissingFromAListIsFound) {
  ann_buys();
  answer(ask(msg::ListOrders{}), 2, msg::OrdersReply{});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnAcknowledgedOrderThatIsUnknownIsFound) {
  ann_buys();
  refuse(ask(msg::GetOrder{OrderNo(1)}), 2, {.code = msg::Code::kUnknownOrder});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnotherOrderForTheSameKeyIsFound) {
  ann_buys();
  auto order = judge_order(1);
  order.no = OrderNo(2);
  answer(ask(buy("k", 2)), 2, msg::OrderReply{order});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AKeyReusedForAnotherBodyIsFound) {
  ann_buys();
  answer(ask(buy("k", 1)), 2, msg::OrderReply{judge_order(1)});
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeTest, AWrongOutcomeIsFound) {
  ann_buys();
  answer(ask(msg::Outcome{"k"}), 2, msg::OutcomeReply{msg::OutcomeKind::kVoid, Seq(2), {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AStaleAnswerTellsAllThatWasAcknowledgedBeforeTheAgeItNames) {
  world.run_until(100ms);
  ann_buys();
  world.run_until(300ms);
  const client::Options old_will_do{.stale_ok_ms = 1000};
  answer(ask(msg::Lookup{.item = ItemId(1)}, old_will_do), 1, item(1, 5), 201);
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Lookup{.item = ItemId(1)}, old_will_do), 1, item(1, 5), 199);
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AStaleAnswerThatIsOlderThanAllowedIsFound) {
  answer(ask(msg::Lookup{.item = ItemId(1)}, {.stale_ok_ms = 50}), 1, item(1, 5), 51);
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AStaleAnswerThatNobodyAllowedIsFound) {
  answer(ask(msg::Lookup{.item = ItemId(1)}), 1, item(1, 5), 1);
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AStaleAnswerToAWriteIsFound) {
  const auto order = ask(buy("k", 2), {.stale_ok_ms = 50});
  bought("k", 1, 2, 3);
  answer(order, 2, msg::OrderReply{judge_order(1)}, 1);
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, APageWithoutEventsHidesNothing) {
  ann_buys();
  answer(ask(msg::Events{Seq(3)}), 2, msg::EventsReply{{}, Seq(2)});
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeTest, APageWithoutEventsThatHidesWhatWasAcknowledgedIsFound) {
  ann_buys();
  answer(ask(msg::Events{Seq(2)}), 1, msg::EventsReply{{}, Seq(1)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, APageWithoutEventsWithAnOldWatermarkIsFound) {
  ann_buys();
  answer(ask(msg::Events{Seq(3)}), 1, msg::EventsReply{{}, Seq(1)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, APageWithoutEventsBelowItsOwnWatermarkIsFound) {
  ann_buys();
  answer(ask(msg::Events{Seq(2)}), 2, msg::EventsReply{{}, Seq(2)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, APageBeginsLaterThanAskedForOnlyWhereTheStreamWasTrimmed) {
  ann_buys();
  const msg::EventsReply page{{{disk.rows[1].bytes}}, Seq(2)};
  judge.trimmed(Seq(2));
  answer(ask(msg::Events{Seq(1)}), 2, page);
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeTest, APageThatLeavesOutWhatIsKeptIsFound) {
  ann_buys();
  answer(ask(msg::Events{Seq(1)}), 2, msg::EventsReply{{{disk.rows[1].bytes}}, Seq(2)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, OfSeveralItemsWithATitleTheOneWithTheLeastIdIsTold) {
  const msg::ItemAdded second{ItemId(3), "Theory", "school", Cents(100), Quantity(5)};
  const msg::ItemAdded first{ItemId(2), "Theory", "school", Cents(100), Quantity(5)};
  ask(msg::AddItems{.key = "a", .items = {{ItemId(3), "Theory", "school", Cents(100), Quantity(5)}}});
  happens(msg::ItemsAdded{.key = "a", .items = {second}});
  const auto before = ask(msg::Lookup{.title = "Theory"});
  ask(msg::AddItems{.key = "b", .items = {{ItemId(2), "Theory", "school", Cents(100), Quantity(5)}}});
  happens(msg::ItemsAdded{.key = "b", .items = {first}});
  const msg::ItemReply third{{ItemId(3), "Theory", "school", Cents(100), Quantity(5), Seq(2)}};
  answer(before, 2, third);
  answer(ask(msg::Events{Seq(4)}), 3, msg::EventsReply{{}, Seq(3)});
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Lookup{.title = "Theory"}), 2, third);
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, KeepsTheHistoryForTheChecker) {
  ann_buys();
  ask(buy("open", 1));
  ASSERT_EQ(judge.history().size(), 3U);  // the first one added the items
  EXPECT_EQ(key_of(judge.history()[1].operation.request), "k");
  EXPECT_TRUE(judge.history()[1].answer);
  EXPECT_FALSE(judge.history()[2].answer);
}

}  // namespace
}  // namespace sim
