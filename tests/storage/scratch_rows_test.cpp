// The scratch rows of an audit.
#include "storage/scratch_rows.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace storage {
namespace {

using base::OrderNo;
using base::Seq;

TEST(ScratchRowsTest, AKeyIsAddedOnce) {
  ScratchRows rows;
  EXPECT_EQ(rows.add_key("a", Seq(5)), std::nullopt);
  EXPECT_EQ(rows.add_key("a", Seq(9)), Seq(5));
  EXPECT_EQ(rows.add_key("a", Seq(10)), Seq(5)) << "the first row stays";
  EXPECT_EQ(rows.add_key("A", Seq(11)), std::nullopt) << "keys are compared byte by byte";
  EXPECT_EQ(rows.add_key(std::string("a\0b", 3), Seq(12)), std::nullopt) << "up to their ends";
}

TEST(ScratchRowsTest, KeysComeInPagesAscendingByTheirBytes) {
  ScratchRows rows;
  const std::string greatest = "\xff";
  std::uint64_t seq = 9;  // the rows come in another order
  for (const auto& key : {std::string("b"), greatest, std::string("a"), std::string("ab")}) {
    EXPECT_EQ(rows.add_key(key, Seq(seq--)), std::nullopt);
  }
  EXPECT_EQ(rows.keys("a", 1).at(0).row, (ScratchRows::Row{Seq(6), 0, 0})) << "without digests";
  rows.put_key("ab", {Seq(7), ~std::uint64_t{0}, 3});
  const auto first = rows.keys("", 2);
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(first[0].key, "a");
  EXPECT_EQ(first[1].key, "ab");
  EXPECT_EQ(first[1].row, (ScratchRows::Row{Seq(7), ~std::uint64_t{0}, 3}));
  const auto second = rows.keys("ab", 9);
  ASSERT_EQ(second.size(), 2U);
  EXPECT_EQ(second[0].key, "b");
  EXPECT_EQ(second[1].key, greatest);
  EXPECT_TRUE(rows.keys(greatest, 1).empty());
}

TEST(ScratchRowsTest, PiecesOfAnOrderAreKeptByTheirPlaces) {
  ScratchRows rows;
  const base::ItemId item(1);
  EXPECT_TRUE(rows.pieces_by_place(OrderNo(1), item).empty());
  rows.add_pieces_from(OrderNo(1), item, "north", base::Quantity(3));
  rows.add_pieces_from(OrderNo(1), item, "annex", base::Quantity(2));
  rows.add_pieces_from(OrderNo(2), item, "north", base::Quantity(9));
  rows.add_pieces_from(OrderNo(1), item, "north", base::Quantity(-1));
  const std::map<std::string, base::Quantity> all{{"annex", base::Quantity(2)}, {"north", base::Quantity(2)}};
  EXPECT_EQ(rows.pieces_by_place(OrderNo(1), item), all);
}

TEST(ScratchRowsTest, AnOrderKeepsItsCustomerAndCountsItsCancellations) {
  ScratchRows rows;
  EXPECT_FALSE(rows.add_cancellation(OrderNo(1)));
  rows.add_buy(OrderNo(1), "ann");
  rows.add_buy(OrderNo(2), "");
  EXPECT_EQ(rows.add_cancellation(OrderNo(1))->cancellations, 0U);
  const auto buy = rows.add_cancellation(OrderNo(1));
  EXPECT_EQ(buy->customer, "ann");
  EXPECT_EQ(buy->cancellations, 1U);
  EXPECT_EQ(rows.add_cancellation(OrderNo(2))->cancellations, 0U);
}

TEST(ScratchRowsTest, ACustomerBoughtWhatRemainsOfItsOrders) {
  ScratchRows rows;
  const base::ItemId item(1);
  const auto buy = [&](const std::string& customer, std::uint64_t no, std::int64_t at, std::int64_t pieces) {
    rows.add_pieces(OrderNo(no), item, {base::Quantity(pieces), {}});
    rows.add_buyer(customer, item, at, OrderNo(no));
  };
  EXPECT_EQ(rows.bought_since("ann", item, 0), base::Quantity(0));
  buy("ann", 1, 10, 3);
  buy("ann", 2, 20, 4);
  buy("bob", 3, 20, 5);
  EXPECT_EQ(rows.bought_since("ann", item, 9), base::Quantity(7));
  EXPECT_EQ(rows.bought_since("ann", item, 10), base::Quantity(4));
  rows.add_pieces(OrderNo(2), item, {base::Quantity(-3), {}});
  EXPECT_EQ(rows.bought_since("ann", item, 10), base::Quantity(1));
  EXPECT_EQ(rows.bought_since("ann", base::ItemId(2), 0), base::Quantity(0));
}

// An audit of a large store took 500 MB before.
TEST(ScratchRowsTest, RowsBeyondItsCacheAreInAFileWithoutAName) {
  const auto files = [] {
    std::size_t count = 0;
    for (const auto& fd : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;  // the descriptor of this list
      const auto name = std::filesystem::read_symlink(fd, gone).string();
      count += name.find("etilqs_") != name.npos && name.ends_with("(deleted)") ? 1U : 0U;
    }
    return count;
  };
  constexpr std::size_t kKeyBytes = 100'000;
  ScratchRows rows;
  for (std::size_t i = 0; i <= kScratchCacheBytes / kKeyBytes; ++i) {
    rows.add_key(std::to_string(i) + std::string(kKeyBytes, 'k'), Seq(i));
  }
  EXPECT_GT(files(), 0U);
}

TEST(ScratchRowsTest, OrdersAreFoundByTheirNumbers) {
  ScratchRows rows;
  rows.put_order(OrderNo(1), {Seq(4), 5, 6});
  EXPECT_EQ(rows.order(OrderNo(1)), (ScratchRows::Row{Seq(4), 5, 6}));
  rows.put_order(OrderNo(1), {Seq(7), 8, 9});
  EXPECT_EQ(rows.order(OrderNo(1)), (ScratchRows::Row{Seq(7), 8, 9})) << "the last row of a number stays";
  EXPECT_EQ(rows.order(OrderNo(2)), std::nullopt);
  EXPECT_EQ(rows.order(OrderNo(~std::uint64_t{0})), std::nullopt);
}

TEST(ScratchRowsTest, MovementsComeInPagesByItemAndSeq) {
  using Movement = ScratchRows::Movement;
  const auto moved = [](std::uint64_t item, std::uint64_t seq, std::int64_t delta) {
    return Movement{base::ItemId(item), Seq(seq), ~std::uint64_t{0} - seq, base::Quantity(delta)};
  };
  ScratchRows rows;
  for (const auto& each : {moved(2, 4, 3), moved(1, 9, -2), moved(1, 5, 7)}) rows.put_movement(each);
  EXPECT_EQ(rows.movements({}, {}, 2), (std::vector{moved(1, 5, 7), moved(1, 9, -2)}));
  EXPECT_EQ(rows.movements(base::ItemId(1), Seq(9), 2), std::vector{moved(2, 4, 3)});
  EXPECT_TRUE(rows.movements(base::ItemId(2), Seq(4), 2).empty());
}

TEST(ScratchRowsTest, PiecesOfAnOrderAreSummed) {
  ScratchRows rows;
  rows.add_pieces(OrderNo(1), base::ItemId(7), {base::Quantity(3), base::Cents(100)});
  rows.add_pieces(OrderNo(1), base::ItemId(7), {base::Quantity(2), base::Cents(100)});
  rows.add_pieces(OrderNo(1), base::ItemId(7), {base::Quantity(-4), base::Cents(1)});
  rows.add_pieces(OrderNo(2), base::ItemId(7), {base::Quantity(9), base::Cents(90)});
  EXPECT_EQ(rows.pieces(OrderNo(1), base::ItemId(7)).quantity, base::Quantity(1));
  EXPECT_EQ(rows.pieces(OrderNo(1), base::ItemId(7)).price, base::Cents(100));
  EXPECT_EQ(rows.pieces(OrderNo(1), base::ItemId(8)).quantity, base::Quantity(0));
}

}  // namespace
}  // namespace storage
