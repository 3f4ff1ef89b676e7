// Terms of sale (ADR 54): at most so many pieces in an order and to a customer, for sale from an instant until another.
#include <set>

#include "base/time.h"
#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using msg::Code;

class TermsTest : public ::testing::Test, public Shop {
 protected:
  void given_terms(std::uint64_t item, const msg::Terms& terms) {
    happened<msg::ItemEdited>(when(set_terms("terms-" + std::to_string(++edits_), item, terms)));
    commit();
  }
  static msg::PlaceOrder buy_as(std::string customer, std::string key, std::int64_t pieces) {
    auto place = buy(std::move(key), {line(1, pieces)});
    place.customer = std::move(customer);
    return place;
  }
  void bought(const msg::PlaceOrder& place) { happened<msg::OrderPlaced>(when(place)); }
  // The pieces that the refusal says are allowed.
  std::int64_t allowed(const Command& command) {
    const auto refusal = refused(when(command), Code::kLimit);
    EXPECT_EQ(refusal.item, base::ItemId(1)) << refusal.message;
    return refusal.allowed.value_or(base::Quantity(-1)).value();
  }

 private:
  int edits_ = 0;
};

TEST_F(TermsTest, AnOrderAndAHoldHaveAtMostTheirPieces) {
  given(1, 10);
  msg::Terms terms;
  terms.per_order = base::Quantity(2);
  given_terms(1, terms);
  EXPECT_EQ(allowed(buy("k1", {line(1, 3)})), 2);
  EXPECT_EQ(allowed(buy("k2", {line(1, 1), line(1, 2)})), 2) << "two lines of one item are summed";
  EXPECT_EQ(allowed(hold("k3", {line(1, 3)})), 2);
  bought(buy("k4", {line(1, 2)}));
  bought(buy("k5", {line(1, 2)}));
  happened<msg::HoldPlaced>(when(hold("k6", {line(1, 2)})));
  happened<msg::OrderPlaced>(when(sell("k7", {line(1, 3)})));
}

TEST_F(TermsTest, ACustomerHasAtMostItsPiecesInTheWindow) {
  given(1, 20);
  given_terms(1, per_customer(3, 100));
  bought(buy_as("ann", "k1", 2));
  commit();
  const auto first = at();
  EXPECT_EQ(allowed(buy_as("ann", "k2", 2)), 1);
  bought(buy_as("bob", "k3", 3));
  bought(buy_as("ann", "k4", 1));
  EXPECT_EQ(allowed(buy_as("ann", "k5", 1)), 0);
  commit();
  EXPECT_EQ(allowed(buy_as("ann", "k6", 1)), 0);
  wait(first + 100 - at() - 2);  // the next request is decided 99 ms after the first order
  EXPECT_EQ(allowed(buy_as("ann", "k7", 1)), 0);
  bought(buy_as("ann", "k8", 2));
  EXPECT_EQ(at(), first + 100);
}

TEST_F(TermsTest, PendingOrdersCountAsCommittedOnes) {
  given(1, 20);
  given_terms(1, per_customer(2, 100));
  bought(buy_as("ann", "k1", 2));
  EXPECT_EQ(allowed(buy_as("ann", "k2", 1)), 0) << "nothing is committed yet";
  wait(100);
  bought(buy_as("ann", "k3", 2));
  commit();
  EXPECT_EQ(allowed(buy_as("ann", "k4", 1)), 0);
  wait(100);
  bought(buy_as("ann", "k5", 2));
  lose_epoch();
  bought(buy_as("ann", "k6", 2));
}

TEST_F(TermsTest, PiecesBoughtBeforeTheTermsCount) {
  given(1, 20);
  bought(buy_as("ann", "k1", 5));
  happened<msg::ItemEdited>(when(set_terms("pending", 1, per_customer(6, 1000))));
  EXPECT_EQ(allowed(buy_as("ann", "k2", 2)), 1) << "both events are pending";
  commit();
  EXPECT_EQ(allowed(buy_as("ann", "k3", 2)), 1);
  given_terms(1, {});
  bought(buy_as("ann", "k4", 2));
}

TEST_F(TermsTest, ACustomerIsTheSameInEverySpelling) {
  given(1, 20);
  given_terms(1, per_customer(3, 1000));
  bought(buy_as("Ánn", "k1", 1));
  commit();
  bought(buy_as("ÁNN", "k2", 1));
  auto kept = hold("k3", {line(1, 1)});
  kept.customer = "A\u0301nn";
  happened<msg::HoldPlaced>(when(kept));
  EXPECT_EQ(allowed(buy_as("ánn", "k4", 1)), 0);
}

TEST_F(TermsTest, AnOrderWithoutACustomerIsRefused) {
  given(1, 20);
  given_terms(1, per_customer(3, 1000));
  EXPECT_EQ(allowed(buy_as("", "k1", 1)), 0);
  auto nobody = buy("k2", {line(1, 1)});
  nobody.customer.reset();
  EXPECT_EQ(allowed(nobody), 0);
  auto of_nobody = hold("k3", {line(1, 1)});
  of_nobody.customer.reset();
  EXPECT_EQ(allowed(of_nobody), 0);
  auto in = sell("k4", {line(1, 1)});
  in.customer.reset();
  happened<msg::OrderPlaced>(when(in));
}

TEST_F(TermsTest, HeldPiecesCountWhileTheHoldIsOpen) {
  given(1, 20);
  given_terms(1, per_customer(3, 1000));
  happened<msg::HoldPlaced>(when(hold("h1", {line(1, 2)}, 50)));
  EXPECT_EQ(allowed(buy_as("ann", "k1", 2)), 1);
  EXPECT_EQ(allowed(hold("h2", {line(1, 2)})), 1);
  commit();
  EXPECT_EQ(allowed(buy_as("ann", "k2", 2)), 1);
  wait(50);
  bought(buy_as("ann", "k3", 3));
}

TEST_F(TermsTest, AConfirmedHoldCountsOnceAndKeepsItsTerms) {
  given(1, 20);
  given_terms(1, per_customer(3, 1000));
  happened<msg::HoldPlaced>(when(hold("h1", {line(1, 3)})));
  commit();
  msg::Terms over = per_customer(1, 1000);
  over.until = at();
  given_terms(1, over);
  happened<msg::HoldConfirmed>(when(confirm("c1", 1, Pieces{{1, 2}})));
  given_terms(1, per_customer(3, 1000));
  EXPECT_EQ(allowed(buy_as("ann", "k1", 2)), 1);
  bought(buy_as("ann", "k2", 1));
}

TEST_F(TermsTest, CancelledPiecesAreGivenBack) {
  given(1, 20);
  given_terms(1, per_customer(3, 100));
  bought(buy_as("ann", "k1", 3));
  commit();
  happened<msg::OrderCancelled>(when(cancel("c1", 1, Pieces{{1, 2}})));
  EXPECT_EQ(allowed(buy_as("ann", "k2", 3)), 2) << "the cancellation is pending";
  commit();
  EXPECT_EQ(allowed(buy_as("ann", "k3", 3)), 2);
  bought(buy_as("ann", "k4", 2));
  commit();
  wait(100);
  happened<msg::OrderCancelled>(when(cancel("c2", 1)));
  EXPECT_EQ(allowed(buy_as("ann", "k5", 4)), 3) << "what was bought before the window is not given back in it";
}

TEST_F(TermsTest, ManyOrdersOfACustomerAreNotCounted) {
  given(1, 20);
  given(2, 2'000);
  const auto other = [&](std::size_t i) { bought(buy("o" + std::to_string(i), {line(2, 1)})); };
  given_terms(1, per_customer(3, 1'000'000));
  for (std::size_t i = 1; i < Outlook::kOrdersCountedMax; ++i) other(i);
  happened<msg::OrderPlaced>(when(sell("s1", {line(2, 1)})));
  commit();
  bought(buy_as("ann", "k1", 1));
  commit();
  const auto many = refused(when(buy_as("ann", "k2", 1)), Code::kLimit);
  EXPECT_EQ(many.allowed, base::Quantity(0));
  EXPECT_NE(many.message.find("more than 200 orders of any items in the last 1000s, also those that sell"),
            std::string::npos)
      << many.message;
  bought(buy_as("bob", "k3", 1));
}

TEST_F(TermsTest, AnItemIsForSaleFromAnInstantUntilAnother) {
  given(1, 20);
  msg::Terms terms;
  terms.from = at() + 10;
  terms.until = at() + 20;
  given_terms(1, terms);
  const auto early = refused(when(buy("k1", {line(1, 1)})), Code::kNotForSale);
  EXPECT_EQ(early.from, terms.from);
  EXPECT_FALSE(early.until);
  refused(when(hold("k2", {line(1, 1)})), Code::kNotForSale);
  wait(*terms.from - at() - 2);
  refused(when(buy("k3", {line(1, 1)})), Code::kNotForSale);
  bought(buy("k4", {line(1, 1)}));
  EXPECT_EQ(at(), terms.from);
  happened<msg::HoldPlaced>(when(hold("k5", {line(1, 1)})));
  wait(*terms.until - at() - 2);
  bought(buy("k6", {line(1, 1)}));
  const auto late = refused(when(buy("k7", {line(1, 1)})), Code::kNotForSale);
  EXPECT_EQ(at(), terms.until);
  EXPECT_EQ(late.until, terms.until);
  refused(when(hold("k8", {line(1, 1)})), Code::kNotForSale);
  happened<msg::HoldConfirmed>(when(confirm("k9", 1)));
  happened<msg::OrderPlaced>(when(sell("k10", {line(1, 1)})));
}

TEST_F(TermsTest, TermsReplaceEachOtherAsAWhole) {
  given(1, 20);
  msg::Terms terms;
  terms.per_order = base::Quantity(2);
  given_terms(1, terms);
  EXPECT_EQ(items().find(base::ItemId(1))->terms, terms);
  given_terms(1, per_customer(5, 1000));
  EXPECT_EQ(items().find(base::ItemId(1))->terms, per_customer(5, 1000));
  bought(buy("k1", {line(1, 3)}));
  commit();
  happened<msg::ItemEdited>(when(retitle("k2", 1, "another title")));
  commit();
  EXPECT_EQ(items().find(base::ItemId(1))->terms, per_customer(5, 1000)) << "an edit of something else leaves them";
  given_terms(1, {});
  EXPECT_FALSE(items().find(base::ItemId(1))->terms);
}

TEST_F(TermsTest, FaultyTermsAreInvalid) {
  given(1, 20);
  msg::Terms window_alone;
  window_alone.window = 1000;
  msg::Terms pieces_alone;
  pieces_alone.per_customer = base::Quantity(1);
  msg::Terms no_pieces;
  no_pieces.per_order = base::Quantity(0);
  msg::Terms backwards;
  backwards.from = 20;
  backwards.until = 20;
  msg::Terms far;
  far.until = base::kWallMax + 1;
  for (const auto& terms : {window_alone, pieces_alone, no_pieces, backwards, far, per_customer(0, 1000),
                            per_customer(1, 0), per_customer(1, msg::kTermsWindowMsMax + 1)}) {
    const auto refusal = refused(when(set_terms("k", 1, terms)), Code::kInvalid);
    EXPECT_EQ(refusal.message.substr(0, 6), "terms.") << refusal.message;
  }
  happened<msg::ItemEdited>(when(set_terms("k", 1, per_customer(1, msg::kTermsWindowMsMax))));
}

TEST_F(TermsTest, ADigestCoversEveryRule) {
  msg::Terms all = per_customer(1, 2);
  all.per_order = base::Quantity(3);
  all.from = 4;
  all.until = 5;
  std::vector<msg::Terms> each{{}, all};
  for (const auto rule : {&msg::Terms::window, &msg::Terms::from, &msg::Terms::until}) {
    each.push_back(all);
    ++*(each.back().*rule);
  }
  for (const auto rule : {&msg::Terms::per_order, &msg::Terms::per_customer}) {
    each.push_back(all);
    each.back().*rule = base::Quantity(9);
  }
  std::set<std::uint64_t> digests;
  for (const auto& terms : each) {
    Items items;
    msg::Item item{base::ItemId(1), "a", "b", base::Cents(1), base::Quantity(1), base::Seq(2)};
    item.edited = base::Seq(2);
    if (!(terms == msg::Terms{})) item.terms = terms;
    items.put(item);
    digests.insert(items.digest());
  }
  EXPECT_EQ(digests.size(), each.size());
}

}  // namespace
}  // namespace ledger
