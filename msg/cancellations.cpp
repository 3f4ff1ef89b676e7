#include "msg/cancellations.h"

#include <algorithm>
#include <utility>

#include "msg/places.h"

namespace msg {
namespace {

Remainder* find(std::vector<Remainder>& remainders, ItemId item) {
  const auto found =
      std::find_if(remainders.begin(), remainders.end(), [&](const Remainder& each) { return each.item == item; });
  return found == remainders.end() ? nullptr : &*found;
}

}  // namespace

std::vector<Remainder> remainders_of(const Order& order) {
  std::vector<Remainder> all;
  if (order.type != OrderType::kBuy) return all;
  for (const auto& line : order.lines) {
    if (auto* known = find(all, line.item)) {
      known->quantity += line.quantity;
      if (line.places) shift(known->places, *line.places);
    } else {
      all.push_back({line.item, line.price, line.quantity, line.places});
    }
  }
  if (!order.cancellations) return all;
  for (const auto& cancellation : *order.cancellations) {
    for (const auto& line : cancellation.lines) {
      auto* known = find(all, line.item);
      if (!known) continue;
      known->quantity -= line.quantity;
      if (line.places) shift(known->places, *line.places, -1);
    }
  }
  return all;
}

OrderState state_of(const Order& order) {
  if (!order.cancellations || order.cancellations->empty()) return OrderState::kPlaced;
  const auto remainders = remainders_of(order);
  const auto remains = [](const Remainder& each) { return each.quantity.value() > 0; };
  if (std::any_of(remainders.begin(), remainders.end(), remains)) return OrderState::kPartlyCancelled;
  const auto& all = *order.cancellations;
  const auto came_back = [](const Cancellation& each) { return each.kind != CancelKind::kCancel; };
  return std::any_of(all.begin(), all.end(), came_back) ? OrderState::kReturned : OrderState::kCancelled;
}

void add_cancellation(Order& order, Cancellation cancellation) {
  if (!order.cancellations) order.cancellations.emplace();
  order.cancellations->push_back(std::move(cancellation));
  order.state = state_of(order);
}

}  // namespace msg
