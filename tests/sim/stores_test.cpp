#include "tests/sim/stores.h"

#include <gtest/gtest.h>

namespace sim {
namespace {

using base::ItemId;
using base::OrderNo;
using base::Seq;

stream::Position at(std::uint64_t seq) {
  stream::Position position;
  position.applied = Seq(seq);
  return position;
}

TEST(Matches, AWordBeginsAfterAnyCharacterThatIsNotOfAWord) {
  EXPECT_TRUE(matches({.text = "xe"}, {.title = "aaaa+Xe%"}));
  EXPECT_FALSE(matches({.text = "xe"}, {.title = "aaaaXe%"}));
  EXPECT_FALSE(matches({.text = "+"}, {.title = "a+b"}));
}

TEST(OrderStore, ACrashGoesBackToTheLastCommit) {
  MemoryOrderStore store;
  store.put_order({.no = OrderNo(1), .customer = "ann"});
  store.commit(at(5), {OrderNo(1), 7, {}}, 0);
  store.put_order({.no = OrderNo(2), .customer = "ann"});
  store.put_key("k", {});
  EXPECT_TRUE(store.order(OrderNo(2)));
  EXPECT_TRUE(store.key("k"));
  store.crash();
  EXPECT_TRUE(store.order(OrderNo(1)));
  EXPECT_FALSE(store.order(OrderNo(2)));
  EXPECT_FALSE(store.key("k"));
  EXPECT_EQ(store.position().applied, Seq(5));
  EXPECT_EQ(store.totals().last_order, OrderNo(1));
}

TEST(OrderStore, ListsACustomersOrders) {
  MemoryOrderStore store;
  for (std::uint64_t no = 1; no <= 6; ++no) store.put_order({.no = OrderNo(no), .customer = no % 2 ? "ann" : "bob"});
  const auto page = store.orders("ann", OrderNo(1), 1);
  ASSERT_EQ(page.size(), 1U);
  EXPECT_EQ(page[0].no, OrderNo(3));
  EXPECT_EQ(store.orders(std::nullopt, OrderNo(), 100).size(), 6U);
}

TEST(CatalogStore, ACrashGoesBackToTheLastCommit) {
  MemoryCatalogStore store;
  store.put_item({ItemId(1), "Xen and the Art", "school", {}, {}, Seq(1)});
  store.commit(at(1), 0);
  store.put_item({ItemId(2), "Xen again", "school", {}, {}, Seq(2)});
  EXPECT_EQ(store.search({.text = "XEN"}, 10).size(), 2U);
  store.crash();
  EXPECT_EQ(store.search({.text = "xe ar"}, 10), std::vector{ItemId(1)});
  EXPECT_FALSE(store.find_title("xen again"));
  store.wipe();
  EXPECT_TRUE(store.search({}, 10).empty());
  EXPECT_EQ(store.position().applied, Seq());
}

}  // namespace
}  // namespace sim
