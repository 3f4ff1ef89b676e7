#include "books/walk.h"

#include <gmock/gmock.h>

#include <limits>

#include "tests/support/blocks.h"

namespace books {
namespace {

msg::Event ordered(std::uint64_t no, std::uint64_t item, std::int64_t quantity, std::int64_t left) {
  msg::OrderPlaced placed;
  placed.key = "order-" + std::to_string(no);
  placed.no = base::OrderNo(no);
  placed.lines = {{base::ItemId(item), base::Quantity(quantity), base::Cents(100), base::Quantity(left)}};
  placed.total = base::Cents(100 * quantity);
  return {1, std::move(placed)};
}

support::Stream shop() {
  support::Stream stream;
  stream.block({support::appointed("order-1"), support::item_added(1, 9)});
  stream.block({support::stock_moved(1, -2, 7), ordered(1, 1, 3, 4), ordered(2, 1, 1, 3)});
  return stream;
}

void feed(Walk& walk, const support::Stream& stream, base::Seq to = kAllSeqs) {
  for (std::size_t number = 1; number <= stream.size(); ++number) walk.block(stream[number], to);
}

TEST(Walk, MakesTheShopOfItsEvents) {
  std::vector<base::OrderNo> orders;
  Walk walk([&](const msg::Event&, base::Seq, const msg::Order* order) {
    if (order) orders.push_back(order->no);
  });
  feed(walk, shop());
  EXPECT_EQ(walk.audit().faults(), 0);
  EXPECT_EQ(walk.store(), "store-a");
  EXPECT_EQ(walk.applied(), base::Seq(6));
  EXPECT_EQ(walk.at(), 1);
  EXPECT_EQ(walk.items().find(base::ItemId(1))->stock, base::Quantity(3));
  EXPECT_THAT(orders, ::testing::ElementsAre(base::OrderNo(1), base::OrderNo(2)));
}

TEST(Walk, StopsInTheMiddleOfABlock) {
  for (const auto& [to, stock] : {std::pair(3, 9), {4, 7}, {5, 4}, {6, 3}}) {
    Walk walk;
    feed(walk, shop(), base::Seq(static_cast<std::uint64_t>(to)));
    EXPECT_EQ(walk.applied().value(), to);
    EXPECT_EQ(walk.items().find(base::ItemId(1))->stock.value(), stock);
  }
}

TEST(Walk, AFaultDoesNotChangeTheState) {
  auto stream = shop();
  stream.block({support::stock_moved(1, 1, 4), ordered(3, 1, 9, -5), support::stock_moved(1, 1, 5)});
  Walk walk;
  feed(walk, stream);
  EXPECT_GT(walk.audit().faults(), 0);
  EXPECT_EQ(walk.applied(), base::Seq(7));
  EXPECT_EQ(walk.items().find(base::ItemId(1))->stock, base::Quantity(4));
}

// Each of these events would end the process if the ledger took it.
TEST(Walk, NoNumberInAStreamEndsTheProcess) {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min();
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  const auto order_with = [](auto change) {
    auto event = ordered(3, 1, 1, 2);
    change(std::get<msg::OrderPlaced>(event.what));
    return event;
  };
  int faulty = 0;
  for (const std::int64_t number : {kLeast, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 53, kMost}) {
    const auto id = static_cast<std::uint64_t>(number);
    const base::Quantity pieces(number);
    const base::Cents cents(number);
    msg::PriceChanged priced{"price", 0, base::ItemId(1), cents, base::Cents(100)};
    msg::PriceChanged was{"price", 0, base::ItemId(1), base::Cents(100), cents};
    for (const auto& event : {
             support::item_added(id),
             support::item_added(5, number),
             support::item_added(5, 1, number),
             msg::Event{1, priced},
             msg::Event{1, was},
             support::stock_moved(id, 1, 4),
             support::stock_moved(1, number, 4),
             support::stock_moved(1, 1, number),
             order_with([&](auto& order) { order.no = base::OrderNo(id); }),
             order_with([&](auto& order) { order.total = cents; }),
             order_with([&](auto& order) { order.lines[0].item = base::ItemId(id); }),
             order_with([&](auto& order) { order.lines[0].quantity = pieces; }),
             order_with([&](auto& order) { order.lines[0].price = cents; }),
             order_with([&](auto& order) { order.lines[0].stock = pieces; }),
         }) {
      auto stream = shop();
      stream.block({event});
      Walk walk;
      feed(walk, stream);
      faulty += walk.audit().faults() > 0;
    }
  }
  EXPECT_EQ(faulty, 67) << "all events but a price of 0, a stock of 0, and a price that becomes 0";
}

}  // namespace
}  // namespace books
