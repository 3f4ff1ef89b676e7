#include "ledger/orders.h"

#include <gtest/gtest.h>

namespace ledger {
namespace {

using base::Seq;

TEST(OrdersTest, NumbersHaveNoGaps) {
  Orders orders;
  msg::OrderPlaced placed{.key = "k", .no = base::OrderNo(1)};
  EXPECT_EQ(orders.evolve(placed, Seq(7), 5).seq, Seq(7));
  placed.no = base::OrderNo(3);
  EXPECT_DEATH(orders.evolve(placed, Seq(8), 5), "last=1");
}

TEST(OrdersTest, DigestTellsHistoriesApart) {
  const auto digest = [](std::vector<std::string> customers, std::uint64_t first_seq = 1) {
    Orders orders;
    for (const auto& customer : customers) {
      orders.evolve({.key = "k", .no = orders.last().next(), .customer = customer}, Seq(first_seq++), 5);
    }
    return orders.digest();
  };
  EXPECT_EQ(digest({"ann", "bob"}), digest({"ann", "bob"}));
  EXPECT_NE(digest({"ann", "bob"}), digest({"bob", "ann"}));
  EXPECT_NE(digest({"ann", "bob"}), digest({"ann"}));
  EXPECT_NE(digest({"ann"}), digest({"ann"}, 2));
}

TEST(OrdersTest, GoesOnFromWhatWasStored) {
  Orders orders;
  orders.evolve({.key = "a", .no = base::OrderNo(1)}, Seq(1), 5);
  Orders reopened(orders.last(), orders.digest());
  const msg::OrderPlaced second{.key = "b", .no = base::OrderNo(2)};
  orders.evolve(second, Seq(2), 6);
  reopened.evolve(second, Seq(2), 6);
  EXPECT_EQ(reopened.digest(), orders.digest());
}

}  // namespace
}  // namespace ledger
