// Which items were sold most in the last minute.
#include "top/hot_items.h"

#include <gmock/gmock.h>

#include "tests/top/store.h"

namespace top {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

msg::OrderLine line(std::uint64_t item, std::int64_t pieces) {
  msg::OrderLine line;
  line.item = base::ItemId(item);
  line.quantity = base::Quantity(pieces);
  return line;
}

msg::Event order(std::vector<msg::OrderLine> lines, msg::OrderType type = msg::OrderType::kBuy) {
  msg::OrderPlaced placed;
  placed.type = type;
  placed.lines = std::move(lines);
  return {.what = placed};
}

HotItems::Hot hot(std::uint64_t item, std::uint64_t pieces) { return {base::ItemId(item), pieces}; }

TEST(HotItems, TheItemWithMostPiecesIsFirst) {
  HotItems items;
  items.sold(order({line(1, 2), line(2, 5)}), kStart);
  items.sold(order({line(3, 2), line(1, 1)}), kStart + seconds(1));
  EXPECT_THAT(items.hottest(9, kStart + seconds(1)), ElementsAre(hot(2, 5), hot(1, 3), hot(3, 2)));
  EXPECT_THAT(items.hottest(2, kStart + seconds(1)), ElementsAre(hot(2, 5), hot(1, 3)));
}

TEST(HotItems, OfEqualItemsTheSmallerIdIsFirst) {
  HotItems items;
  items.sold(order({line(7, 1), line(3, 1), line(5, 1)}), kStart);
  EXPECT_THAT(items.hottest(9, kStart), ElementsAre(hot(3, 1), hot(5, 1), hot(7, 1)));
}

TEST(HotItems, OnlySalesCount) {
  HotItems items;
  items.sold(order({line(1, 2)}, msg::OrderType::kSell), kStart);
  items.sold({.what = msg::StockMoved{.item = base::ItemId(1)}}, kStart);
  EXPECT_THAT(items.hottest(9, kStart), IsEmpty());
  msg::HoldConfirmed confirmed;
  confirmed.lines = {line(4, 3)};
  items.sold({.what = confirmed}, kStart);
  EXPECT_THAT(items.hottest(9, kStart), ElementsAre(hot(4, 3)));
}

TEST(HotItems, ASaleIsForgottenAfterAMinute) {
  HotItems items;
  items.sold(order({line(1, 1)}), kStart);
  items.sold(order({line(2, 1)}), kStart + HotItems::kSlot);
  EXPECT_THAT(items.hottest(9, kStart + HotItems::kWindow - base::Duration(1)), ElementsAre(hot(1, 1), hot(2, 1)));
  EXPECT_THAT(items.hottest(9, kStart + HotItems::kWindow), ElementsAre(hot(2, 1)));
  EXPECT_THAT(items.hottest(9, kStart + seconds(3600)), IsEmpty());
}

TEST(HotItems, ASlotHasABound) {
  HotItems items;
  for (std::uint64_t item = 1; item <= HotItems::kItemsMax + 5; ++item) items.sold(order({line(item, 1)}), kStart);
  items.sold(order({line(1, 1)}), kStart);
  const auto all = items.hottest(2 * HotItems::kItemsMax, kStart);
  EXPECT_EQ(all.size(), HotItems::kItemsMax);
  EXPECT_EQ(all.front(), hot(1, 2)) << "known items count on";
}

}  // namespace
}  // namespace top
