// Tests of the judge: terms of sale.
#include "tests/sim/judge_fixture.h"

namespace sim {
namespace {

using base::Cents;
using base::ItemId;
using base::OrderNo;
using base::Quantity;

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

}  // namespace
}  // namespace sim
