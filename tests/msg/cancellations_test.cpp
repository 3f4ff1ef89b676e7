// The remainder of an order, and its state.
#include "msg/cancellations.h"

#include <gtest/gtest.h>

#include <utility>

namespace msg {
namespace {

OrderLine line(std::uint64_t item, std::int64_t quantity) {
  return {ItemId(item), Quantity(quantity), Cents(10), Quantity(0)};
}
Order an_order() { return {.no = OrderNo(1), .lines = {line(1, 2), line(2, 3), line(1, 4)}}; }
void take(Order& order, std::vector<OrderLine> lines, CancelKind kind = CancelKind::kCancel) {
  add_cancellation(order, {.no = OrderNo(1), .kind = kind, .lines = std::move(lines)});
}
std::vector<std::pair<std::uint64_t, std::int64_t>> left(const Order& order) {
  std::vector<std::pair<std::uint64_t, std::int64_t>> all;
  for (const auto& each : remainders_of(order)) all.emplace_back(each.item.value(), each.quantity.value());
  return all;
}

using Left = std::vector<std::pair<std::uint64_t, std::int64_t>>;

TEST(CancellationsTest, PiecesOfOneItemAreSummedOverLinesAndCancellations) {
  auto order = an_order();
  EXPECT_EQ(left(order), (Left{{1, 6}, {2, 3}}));
  take(order, {line(1, 5)});
  take(order, {line(2, 3), line(1, 1)});
  EXPECT_EQ(left(order), (Left{{1, 0}, {2, 0}}));
}

TEST(CancellationsTest, NothingWasBoughtInASell) {
  auto order = an_order();
  order.type = OrderType::kSell;
  EXPECT_EQ(left(order), Left());
}

TEST(CancellationsTest, TheStateFollowsFromWhatRemains) {
  auto order = an_order();
  EXPECT_FALSE(order.state);
  EXPECT_EQ(state_of(order), OrderState::kPlaced);
  take(order, {line(1, 6)});
  EXPECT_EQ(order.state, OrderState::kPartlyCancelled);
  auto returned = order;
  take(order, {line(2, 3)});
  EXPECT_EQ(order.state, OrderState::kCancelled);
  take(returned, {line(2, 1)}, CancelKind::kScrap);
  EXPECT_EQ(returned.state, OrderState::kPartlyCancelled);
  take(returned, {line(2, 2)});
  EXPECT_EQ(returned.state, OrderState::kReturned) << "one of its pieces came back";
}

}  // namespace
}  // namespace msg
