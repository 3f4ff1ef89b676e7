#include "tests/books/audit_fixture.h"

namespace books {
namespace {

using AuditTerms = AuditStream;

msg::Terms two_in_a_second() { return {base::Quantity(2), base::Quantity(2), 1000, {}, {}}; }

TEST_F(AuditTerms, SalesWithinTheTermsAreRight) {
  append({added(1, 9), terms(1, {{}, {}, {}, 1000, 4000}), placed(1, {line(1, 3, 6)}, 300)});
  append({terms(1, {{}, base::Quantity(5), 1000, {}, {}}), placed(2, {line(1, 2, 4)}, 200)});
  append({cancelled(1, {line(1, 2, 6)}, 200), placed(3, {line(1, 2, 4)}, 200)});
  at_ += 1000;
  append({placed(4, {line(1, 3, 1)}, 300), terms(1, {}), placed(5, {line(1, 1, 0)}, 100)});
  expect_all_right();
}

TEST_F(AuditTerms, AHoldCountsOnceAndKeepsItsTerms) {
  append({added(1, 9), terms(1, two_in_a_second()), hold(1, kept(2, 2), 3000)});
  append({terms(1, {base::Quantity(1), base::Quantity(1), 1000, {}, 1000}),
          confirmed(1, {line(1, 2, 7)}, 200, kept(2, 0))});
  expect_all_right();
}

TEST_F(AuditTerms, FindsAnItemThatIsSoldBeforeItsTime) {
  append({added(1, 5), terms(1, {{}, {}, {}, 1001, {}}), placed(1, {line(1, 1, 4)}, 100)});
  expect_fault("orders", "order 1 has item 1, which is not for sale at 1000");
}

TEST_F(AuditTerms, FindsAnItemThatIsHeldAtTheEndOfItsTime) {
  append({added(1, 5), terms(1, {{}, {}, {}, {}, 1000}), hold(1, kept(1, 1), 2000)});
  expect_fault("holds", "hold 1 has item 1, which is not for sale at 1000");
}

TEST_F(AuditTerms, FindsMoreThanAnOrderMayHave) {
  append({added(1, 5), terms(1, two_in_a_second()), placed(1, {line(1, 1, 4), line(1, 2, 2)}, 300)});
  expect_fault("orders", "order 1 has 3 pieces of item 1, at most 2 are allowed");
}

TEST_F(AuditTerms, FindsMoreThanACustomerMayHaveInAnySpelling) {
  auto second = placed(2, {line(1, 2, 1)}, 200);
  second.customer = "ANN";
  append({added(1, 5), terms(1, two_in_a_second()), placed(1, {line(1, 2, 3)}, 200)});
  at_ += 999;
  append({second});
  expect_fault("orders", "order 2 gives its customer 4 pieces of item 1, at most 2 are allowed in 1000 ms");
}

TEST_F(AuditTerms, FindsMoreThanACustomerMayHaveWithWhatItHolds) {
  append({added(1, 5), terms(1, two_in_a_second()), hold(1, kept(2, 2), 2000), placed(1, {line(1, 1, 4)}, 100)});
  expect_fault("orders", "order 1 gives its customer 3 pieces of item 1");
}

TEST_F(AuditTerms, FindsMoreThanACustomerMayHold) {
  append({added(1, 5), terms(1, two_in_a_second()), placed(1, {line(1, 2, 3)}, 200), hold(1, kept(1, 1), 2000)});
  expect_fault("holds", "hold 1 gives its customer 3 pieces of item 1");
}

TEST_F(AuditTerms, FindsASaleToNobodyThatIsCountedForEachCustomer) {
  auto nobody = placed(1, {line(1, 1, 4)}, 100);
  nobody.customer.clear();
  append({added(1, 5), terms(1, two_in_a_second()), nobody});
  expect_fault("orders", "order 1 has item 1, which is sold by customer, and has none");
}

TEST_F(AuditTerms, FindsTermsThatNobodyCanSet) {
  append({added(1, 5), terms(1, {{}, base::Quantity(2), {}, {}, {}})});
  expect_fault("items", "item 1 cannot have these terms of sale: window");
}

TEST_F(AuditTerms, FindsTermsThatAreNotShown) {
  append({added(1, 5), terms(1, two_in_a_second())});
  auto shown = item(1, 5, 4);
  shown.edited = base::Seq(4);
  audit_.shown(shown);
  expect_fault("catalog", "at most 2 in an order");
}

using AuditDetails = AuditStream;

msg::ItemEdited edit_of_details() {
  msg::ItemEdited edited{.key = "details", .item = base::ItemId(1)};
  edited.description = "Two\nlines";
  edited.topics = msg::Topics{"maps"};
  edited.topics_was = msg::Topics();
  edited.attributes = msg::Attributes{{"pages", "214"}};
  return edited;
}

TEST_F(AuditDetails, AreThoseThatEditsGave) {
  append({added(1, 5), edit_of_details()});
  auto shown = item(1, 5, 4);
  shown.edited = base::Seq(4);
  shown.description = "Two\nlines";
  shown.topics = msg::Topics{"maps"};
  shown.attributes = msg::Attributes{{"pages", "214"}};
  audit_.shown(shown);
  expect_all_right();
}

TEST_F(AuditDetails, ThatAreNotShownAreFound) {
  append({added(1, 5), edit_of_details()});
  auto shown = item(1, 5, 4);
  shown.edited = base::Seq(4);
  audit_.shown(shown);
  expect_fault("catalog", "more topics 'maps', pages '214'");
}

TEST_F(AuditDetails, FindsOtherOldTopics) {
  auto edited = edit_of_details();
  edited.topics_was = msg::Topics{"fun"};
  append({added(1, 5), edited});
  expect_fault("items", "item 1 had other topics than it had");
}

TEST_F(AuditDetails, FindsDetailsThatNobodyCanSet) {
  auto edited = edit_of_details();
  edited.attributes = msg::Attributes{{"", "214"}};
  append({added(1, 5), edited});
  expect_fault("items", "item 1 cannot have this set of attributes: attributes: a name");
}

using AuditLevels = AuditStream;

msg::ItemEdited threshold(std::int64_t low) {
  return {.key = "threshold", .item = base::ItemId(1), .low = base::Quantity(low)};
}
msg::StockLow low(std::int64_t available, std::int64_t low) {
  return {base::ItemId(1), base::Quantity(available), base::Quantity(low)};
}

TEST_F(AuditLevels, ThoseThatTheStreamTellsInTimeAreRight) {
  append({added(1, 5), threshold(4), placed(1, {line(1, 2, 3)}, 200), low(3, 4)});
  append({placed(2, {line(1, 1, 2)}, 100)});
  expect_all_right();
}

TEST_F(AuditLevels, AnItemKeepsItsVersionWhenItsLevelIsTold) {
  append({added(1, 5), threshold(4), placed(1, {line(1, 2, 3)}, 200), low(3, 4)});
  auto shown = item(1, 3, 5);
  shown.edited = base::Seq(4);
  shown.low = base::Quantity(4);
  audit_.shown(shown);
  audit_.all_shown(base::Seq(1));
  expect_all_right();
}

TEST_F(AuditLevels, FindsALevelThatIsNotTold) {
  append({added(1, 5), threshold(4), placed(1, {line(1, 2, 3)}, 200), placed(2, {line(1, 1, 2)}, 100)});
  expect_fault("items", "was decided before the stream told the level of item 1");
}

TEST_F(AuditLevels, FindsAWrongLevel) {
  append({added(1, 5), threshold(4), placed(1, {line(1, 2, 3)}, 200), low(2, 4)});
  expect_fault("items", "tells a wrong level of item 1");
}

TEST_F(AuditLevels, FindsALevelThatIsToldTwice) {
  append({added(1, 5), threshold(4), placed(1, {line(1, 2, 3)}, 200), low(3, 4), low(3, 4)});
  expect_fault("items", "tells the level of item 1 again");
}

}  // namespace
}  // namespace books
