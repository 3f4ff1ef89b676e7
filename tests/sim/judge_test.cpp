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

// Item 1 is added at seq 1, and ann buys 2 pieces at seq 2.
class JudgeOfMovementsTest : public JudgeTest {
 protected:
  JudgeOfMovementsTest() { ann_buys(); }
  static msg::Movement added() {
    return {.item = ItemId(1), .seq = Seq(1), .at = 1000, .delta = Quantity(5), .stock = Quantity(5)};
  }
  static msg::Movement bought_by_ann() {
    return {.item = ItemId(1),
            .seq = Seq(2),
            .at = 1000,
            .kind = msg::MovementKind::kBought,
            .delta = Quantity(-2),
            .stock = Quantity(3),
            .order = OrderNo(1)};
  }
  static msg::ListMovements list(std::optional<Seq> before = {}, std::optional<std::uint32_t> limit = {}) {
    return {ItemId(1), before, limit};
  }
};

TEST_F(JudgeOfMovementsTest, AGoodShopIsAcquitted) {
  answer(ask(list()), 2, msg::MovementsReply{{bought_by_ann(), added()}, {}});
  answer(ask(list({}, 1)), 2, msg::MovementsReply{{bought_by_ann()}, Seq(2)});
  answer(ask(list(Seq(2), 1)), 2, msg::MovementsReply{{added()}, {}});
  answer(ask(list(Seq(1))), 2, msg::MovementsReply{});
  refuse(ask(msg::ListMovements{ItemId(7), {}, {}}), 2, {.code = msg::Code::kUnknownItem, .item = ItemId(7)});
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeOfMovementsTest, AnOldListIsFound) {
  answer(ask(list()), 2, msg::MovementsReply{{added()}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfMovementsTest, AListWithAHoleIsFound) {
  answer(ask(list()), 2, msg::MovementsReply{{bought_by_ann()}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfMovementsTest, AnotherMovementIsFound) {
  auto other = bought_by_ann();
  other.order = OrderNo(2);
  answer(ask(list()), 2, msg::MovementsReply{{other, added()}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfMovementsTest, APageThatHidesTheNextIsFound) {
  answer(ask(list({}, 1)), 2, msg::MovementsReply{{bought_by_ann()}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

msg::Item as_edited(msg::ItemReply reply, std::uint64_t edited, const std::string& title, bool retired = false) {
  reply.item.edited = Seq(edited);
  reply.item.title = title;
  if (retired) reply.item.retired = true;
  return reply.item;
}

TEST_F(JudgeTest, AnEditedItemIsFoundByItsNewTitleAlone) {
  const auto edit = ask(msg::EditItem{.key = "e", .item = ItemId(1), .title = "New"});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .title = "New"});
  const auto edited = as_edited(item(2, 5), 2, "New");
  answer(edit, 2, msg::ItemReply{edited, 1000, {}});
  answer(ask(msg::Lookup{.title = "new"}), 2, msg::ItemReply{edited, {}, {}});
  refuse(ask(msg::Lookup{.title = "xen"}), 2, {.code = msg::Code::kUnknownItem});
  answer(ask(msg::Search{.text = "xen"}), 2, msg::ItemsReply{});
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Lookup{.title = "xen"}), 2, msg::ItemReply{edited, {}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ASearchThatMissesAnEditIsFound) {
  const auto edit = ask(msg::EditItem{.key = "e", .item = ItemId(1), .retired = true});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .retired = true});
  const auto retired = as_edited(item(2, 5), 2, "Xen", true);
  answer(edit, 2, msg::ItemReply{retired, 1000, {}});
  answer(ask(msg::Search{}), 2, msg::ItemsReply{});
  answer(ask(msg::Search{.retired = true}), 2, msg::ItemsReply{{retired}, {}});
  answer(ask(msg::Lookup{.item = ItemId(1)}), 2, msg::ItemReply{retired, {}, {}});
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Search{}), 1, msg::ItemsReply{{item(1, 5).item}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARetiredItemThatIsSoldIsFound) {
  ask(msg::EditItem{.key = "e", .item = ItemId(1), .retired = true});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .retired = true});
  ask(buy("k", 2));
  bought("k", 1, 2, 3);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeTest, NotForSaleIsTrueOnlyWhileAnItemIsRetired) {
  ask(msg::EditItem{.key = "e", .item = ItemId(1), .retired = true});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .retired = true});
  refuse(ask(buy("k", 2)), 2, {.code = msg::Code::kNotForSale, .item = ItemId(1)});
  const auto back = ask(msg::EditItem{.key = "b", .item = ItemId(1), .retired = false});
  happens(msg::ItemEdited{.key = "b", .item = ItemId(1), .retired = false});
  answer(back, 3, msg::ItemReply{as_edited(item(3, 5), 3, "Xen"), 1000, {}});
  EXPECT_EQ(verdict(), "");
  refuse(ask(buy("k2", 2)), 3, {.code = msg::Code::kNotForSale, .item = ItemId(1)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ASearchThatMissesAFurtherTopicIsFound) {
  const auto edit = ask(msg::EditItem{.key = "e", .item = ItemId(1), .topics = msg::Topics{"maps"}});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .topics = msg::Topics{"maps"}, .topics_was = msg::Topics{}});
  auto edited = as_edited(item(2, 5), 2, "Xen");
  edited.topics = msg::Topics{"maps"};
  answer(edit, 2, msg::ItemReply{edited, 1000, {}});
  answer(ask(msg::Search{.topic = "MAPS"}), 2, msg::ItemsReply{{edited}, {}});
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Search{.topic = "MAPS"}), 2, msg::ItemsReply{});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnEditThatTakesMoreAttributesThanItNamesIsFound) {
  const auto changes = [](const std::string& key, const std::string& name) {
    return msg::EditItem{.key = key, .item = ItemId(1), .attributes = msg::AttributeChanges{{name, "v"}}};
  };
  ask(changes("e", "a"));
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .attributes = msg::Attributes{{"a", "v"}}});
  const auto second = ask(changes("f", "b"));
  happens(msg::ItemEdited{.key = "f", .item = ItemId(1), .attributes = msg::Attributes{{"b", "v"}}});
  auto edited = as_edited(item(3, 5), 3, "Xen");
  edited.attributes = msg::Attributes{{"b", "v"}};
  answer(second, 3, msg::ItemReply{edited, 1000, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnEditIsRefusedOnlyIfItsResultIsNotWithinTheLimits) {
  const auto refused = [&](const std::string& key, std::vector<std::string> rules) {
    msg::EditItem edit{.key = key, .item = ItemId(1), .terms = msg::Terms{}};
    edit.terms->window = 1000;
    edit.rules = std::move(rules);
    refuse(ask(edit), 1, {.code = msg::Code::kLimit, .item = ItemId(1)});
    return verdict();
  };
  EXPECT_EQ(refused("e", {"window"}), "") << "a window alone is no terms";
  msg::EditItem edit{.key = "f", .item = ItemId(1), .attributes = msg::AttributeChanges{{"a", "v"}}};
  refuse(ask(edit), 1, {.code = msg::Code::kLimit, .item = ItemId(1)});
  EXPECT_EQ(verdict(), "G4:");
}

class LevelsJudgeTest : public JudgeTest {
 protected:
  void given_threshold(std::int64_t low) {
    ask(msg::EditItem{.key = "e", .item = ItemId(1), .low = Quantity(low)});
    happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .low = Quantity(low)});
  }
};

TEST_F(LevelsJudgeTest, AListOfLowItemsShowsThoseThatTheStreamHasTold) {
  given_threshold(5);
  happens(msg::StockLow{ItemId(1), Quantity(5), Quantity(5)});
  auto low = as_edited(item(2, 5), 2, "Xen");
  low.low = Quantity(5);
  answer(ask(msg::Search{.low = true}), 3, msg::ItemsReply{{low}, {}});
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Search{.low = true}), 3, msg::ItemsReply{});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(LevelsJudgeTest, ALevelThatIsNotToldBeforeTheNextOrderIsFound) {
  given_threshold(5);
  ask(buy("k", 2));
  bought("k", 1, 2, 3);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(LevelsJudgeTest, AWrongLevelIsFound) {
  given_threshold(4);
  happens(msg::StockLow{ItemId(1), Quantity(4), Quantity(4)});
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

msg::Terms two_in_a_second() {
  msg::Terms terms;
  terms.per_customer = Quantity(2);
  terms.window = 1000;
  return terms;
}

class TermsJudgeTest : public JudgeTest {
 protected:
  void given(const msg::Terms& terms) {
    const auto key = fmt::format("terms-{}", ++edits_);
    ask(msg::EditItem{.key = key, .item = ItemId(1), .terms = terms});
    happens(msg::ItemEdited{.key = key, .item = ItemId(1), .terms = terms});
  }
  void buys(const std::string& customer, std::int64_t pieces) {
    auto place = buy(fmt::format("k{}", ++orders_), pieces);
    place.customer = customer;
    left_ -= pieces;
    ask(place);
    happens(msg::OrderPlaced{.key = place.key,
                             .no = OrderNo(orders_),
                             .customer = customer,
                             .lines = {{ItemId(1), Quantity(pieces), Cents(100), Quantity(left_)}},
                             .total = Cents(100 * pieces)});
    settle();
  }

 private:
  std::uint64_t edits_ = 0;
  std::uint64_t orders_ = 0;
  std::int64_t left_ = 5;
};

TEST_F(TermsJudgeTest, SalesWithinTheTermsAreRight) {
  given(two_in_a_second());
  buys("ann", 2);
  buys("bob", 1);
  at += 1000;
  buys("ANN", 1);
  given({});
  buys("", 1);
  EXPECT_EQ(verdict(), "");
}

TEST_F(TermsJudgeTest, MoreThanACustomerMayHaveIsFound) {
  given(two_in_a_second());
  buys("ann", 2);
  at += 999;
  EXPECT_EQ(verdict(), "");
  buys("ANN", 1);
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(TermsJudgeTest, MoreThanAnOrderMayHaveIsFound) {
  msg::Terms terms;
  terms.per_order = Quantity(2);
  given(terms);
  buys("", 2);
  EXPECT_EQ(verdict(), "");
  buys("", 3);
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(TermsJudgeTest, AnItemThatIsSoldBeforeItsTimeIsFound) {
  msg::Terms terms;
  terms.from = at + 1;
  given(terms);
  buys("ann", 1);
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(TermsJudgeTest, AnItemThatIsSoldAtTheEndOfItsTimeIsFound) {
  msg::Terms terms;
  terms.until = at;
  given(terms);
  buys("ann", 1);
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(TermsJudgeTest, ALimitIsTrueOnlyOfAnItemWithSuchTerms) {
  given(two_in_a_second());
  const msg::Refusal limit{.code = msg::Code::kLimit, .item = ItemId(1), .allowed = Quantity(1)};
  refuse(ask(buy("k", 2)), 2, limit);
  EXPECT_EQ(verdict(), "");
  auto more = limit;
  more.allowed = Quantity(3);
  refuse(ask(buy("k2", 4)), 2, more);
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(TermsJudgeTest, ALimitWithoutTermsIsFound) {
  refuse(ask(buy("k", 2)), 1, {.code = msg::Code::kLimit, .item = ItemId(1), .allowed = Quantity(1)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AChangeBeforeAnEditIsAnsweredWithTheItemOfNow) {
  const msg::Restock restock{.key = "r", .item = ItemId(1), .delta = Quantity(5)};
  const auto first = ask(restock);
  happens(msg::StockMoved{.key = "r", .item = ItemId(1), .delta = Quantity(5), .stock = Quantity(10)});
  answer(first, 2, left(2, 10));
  ask(msg::EditItem{.key = "e", .item = ItemId(1), .title = "New"});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .title = "New"});
  answer(ask(restock), 3, msg::ItemReply{as_edited(item(3, 10), 3, "New"), {}, {}});
  EXPECT_EQ(verdict(), "");
  auto mixed = left(2, 10);
  mixed.item = as_edited(mixed, 3, "New");
  answer(ask(restock), 3, mixed);
  EXPECT_EQ(verdict(), "G4:");
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

TEST_F(JudgeTest, AStaleRejectionIsFound) {
  const auto order = ask(msg::Restock{.key = "r", .item = ItemId(1), .delta = Quantity(5)});
  happens(msg::StockMoved{.key = "r", .item = ItemId(1), .delta = Quantity(5), .stock = Quantity(10)});
  answer(order, 2, left(2, 10));
  refuse(ask(buy("k", 7)), 2, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(5)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARejectionDespiteSufficientStockIsFound) {
  refuse(ask(buy("k", 5)), 1, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(5)});
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

TEST_F(JudgeTest, ABusyRequestThatTakesEffectLaterIsFound) {
  refuse(ask(buy("k", 2)), 0, {.code = msg::Code::kBusy});
  bought("k", 1, 2, 3);
  settle();
  EXPECT_EQ(verdict(), "G3:");
}

class JudgeOfWordsTest : public JudgeTest, public testing::WithParamInterface<msg::Code> {};

TEST_P(JudgeOfWordsTest, ADenialOfAnEffectIsFound) {
  const auto order = ask(buy("k", 2));
  bought("k", 1, 2, 3);
  refuse(order, 0, {.code = GetParam()});
  EXPECT_EQ(verdict(), "G4:");
  EXPECT_NE(world.verdict().value_or("").find("seq 2 did"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, JudgeOfWordsTest,
                         testing::Values(msg::Code::kBusy, msg::Code::kUnavailable, msg::Code::kInvalid,
                                         msg::Code::kMalformed, msg::Code::kUnknownType, msg::Code::kUnsupportedVersion,
                                         msg::Code::kForbidden, msg::Code::kLimit, msg::Code::kKeyVoided));

TEST_F(JudgeTest, ABusyOutcomeThatVoidsTheKeyIsFound) {
  const auto outcome = ask(msg::Outcome{"k"});
  happens(msg::KeyVoided{"k"});
  refuse(outcome, 0, {.code = msg::Code::kBusy});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ABusyOutcomeThatVoidsTheKeyLaterIsFound) {
  refuse(ask(msg::Outcome{"k"}), 0, {.code = msg::Code::kBusy});
  happens(msg::KeyVoided{"k"});
  settle();
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeTest, BusyOfAKeyThatAnotherOneMayHaveUsedIsNoFault) {
  const auto mine = ask(buy("k", 2));
  ask(buy("k", 2));
  bought("k", 1, 2, 3);
  refuse(mine, 0, {.code = msg::Code::kBusy});
  const auto outcome = ask(msg::Outcome{"v"});
  ask(buy("v", 1));  // the store may have voided the key for its refusal
  happens(msg::KeyVoided{"v"});
  refuse(outcome, 0, {.code = msg::Code::kBusy});
  EXPECT_EQ(verdict(), "");
}

// A refusal that is meant for processes says nothing to a client and must not reach it.
TEST_F(JudgeTest, NotWriterIsNoAnswerToAClient) {
  refuse(ask(buy("k", 2)), 0, {.code = msg::Code::kNotWriter});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARefusalOfAnEffectIsFound) {
  const auto order = ask(buy("k", 6));
  ask(msg::Restock{.key = "r", .item = ItemId(1), .delta = Quantity(5)});
  happens(msg::StockMoved{.key = "r", .item = ItemId(1), .delta = Quantity(5), .stock = Quantity(10)});
  bought("k", 1, 6, 4);
  refuse(order, 1, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(5)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARefusedRequestThatTakesEffectLaterIsFound) {
  refuse(ask(buy("k", 6)), 1, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(5)});
  const auto order = ask(msg::Restock{.key = "r", .item = ItemId(1), .delta = Quantity(5)});
  happens(msg::StockMoved{.key = "r", .item = ItemId(1), .delta = Quantity(5), .stock = Quantity(10)});
  answer(order, 2, left(2, 10));
  EXPECT_EQ(verdict(), "");
  bought("k", 1, 6, 4);
  settle();
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeTest, AnUnknownRequestMayTakeEffectLater) {
  refuse(ask(buy("k", 2)), 0, {.code = msg::Code::kUnknown});
  bought("k", 1, 2, 3);
  settle();
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeTest, AKeyReusedForTheSameBodyIsFound) {
  ann_buys();
  refuse(ask(buy("k", 2)), 2, {.code = msg::Code::kKeyReused});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARefusalMustBeOneThatThisRequestMayGet) {
  const auto outcome = ask(msg::Outcome{"nobody-used-it"});
  refuse(outcome, 1, {.code = msg::Code::kUnknownOrder});
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
