// Workload: requests about orders and holds.
#include <algorithm>
#include <array>

#include "tests/sim/workload.h"

namespace sim {

std::string Workload::some_customer() {
  static const std::array<std::string, 4> kCustomers{"customer-0", "\u00c1nn", "A\u0301NN", "\u00e1nn"};
  return kCustomers.at(world_.one_of(kCustomers.size()));
}

msg::DemandLine Workload::some_line() {
  msg::DemandLine line{some_item(), some_pieces(3), {}};
  if (world_.chance(0.1)) line.price = base::Cents(500);
  return line;
}

Request Workload::buy() {
  msg::PlaceOrder place{.key = new_key(), .lines = {some_line()}};
  if (world_.chance(0.7)) place.customer = some_customer();
  while (place.lines.size() < 3 && world_.chance(0.4)) {
    place.lines.push_back(world_.chance(0.5) ? place.lines.front() : some_line());
  }
  for (auto& line : place.lines) {
    if (has(Part::kPlaces) && world_.chance(0.3)) line.place = some_place();
  }
  return place;
}

Request Workload::buy_hot() {
  return msg::PlaceOrder{.key = new_key(), .customer = some_customer(), .lines = {{kHot, some_pieces(4), {}}}};
}

Request Workload::sell() {
  return msg::PlaceOrder{.key = new_key(), .type = msg::OrderType::kSell, .lines = {{some_item(), some_pieces(5), {}}}};
}

// Often one of the last few orders, so that several clients cancel the same one.
Request Workload::cancel() {
  const auto& orders = cluster_.judge().reference().orders();
  const auto back = world_.random().below(world_.chance(0.7) ? 4 : orders.size() + 3);
  msg::Cancel cancel{.key = new_key(),
                     .no = base::OrderNo(orders.size() + 1 - std::min<std::uint64_t>(back, orders.size()))};
  if (world_.chance(0.3)) cancel.kind = world_.chance(0.5) ? msg::CancelKind::kReturn : msg::CancelKind::kScrap;
  if (world_.chance(0.3)) cancel.reason = "too many";
  if (cancel.no.value() > orders.size() || world_.chance(0.3)) return cancel;
  cancel.lines.emplace();
  for (const auto& line : orders[cancel.no.value() - 1].lines) {
    const auto same = [&](const msg::CancelLine& other) { return other.item == line.item; };
    if (std::none_of(cancel.lines->begin(), cancel.lines->end(), same) && world_.chance(0.8)) {
      cancel.lines->push_back({line.item, some_pieces(3)});
    }
  }
  if (cancel.lines->empty()) cancel.lines->push_back({some_item(), some_pieces(2)});
  return cancel;
}

// Often for a hold that another client soon confirms, so that holds end in all ways.
Request Workload::hold() {
  msg::PlaceHold hold{.key = new_key(), .lines = {some_line()}};
  if (world_.chance(0.7)) hold.customer = some_customer();
  if (const auto line = some_line(); world_.chance(0.4) && line.item != hold.lines.front().item) {
    hold.lines.push_back(line);
  }
  hold.ttl = static_cast<std::uint32_t>(world_.chance(0.5) ? 1 + world_.one_of(60) : 100 + world_.one_of(900));
  return hold;
}

// Mostly one of the last few.
base::HoldNo Workload::some_hold() {
  const auto count = cluster_.judge().reference().holds().size();
  const auto back = world_.random().below(world_.chance(0.8) ? 5 : count + 3);
  return base::HoldNo(count + 1 - std::min<std::uint64_t>(back, count));
}

Request Workload::confirm() {
  msg::ConfirmHold confirm{.key = new_key(), .hold = some_hold()};
  const auto* states = cluster_.judge().reference().hold(confirm.hold);
  if (!states || world_.chance(0.5)) return confirm;
  confirm.lines.emplace();
  for (const auto& line : states->back().lines) {
    if (world_.chance(0.8)) confirm.lines->push_back({line.item, some_pieces(3)});
  }
  if (confirm.lines->empty()) confirm.lines->push_back({some_item(), some_pieces(2)});
  return confirm;
}

Request Workload::extend() {
  return msg::ExtendHold{new_key(), some_hold(), static_cast<std::uint32_t>(1 + world_.one_of(500))};
}

Request Workload::release() { return msg::ReleaseHold{new_key(), some_hold()}; }

Request Workload::show_hold() { return msg::GetHold{some_hold()}; }

Request Workload::holds() {
  msg::ListHolds list;
  if (world_.chance(0.5)) list.customer = some_customer();
  if (world_.chance(0.3)) list.after = some_hold();
  if (world_.chance(0.3)) list.limit = static_cast<std::uint32_t>(1 + world_.one_of(4));
  return list;
}

Request Workload::order() {
  const auto known = cluster_.judge().reference().orders().size();
  return msg::GetOrder{base::OrderNo(1 + world_.random().below(known + 2))};
}

Request Workload::orders() {
  const auto known = cluster_.judge().reference().orders().size();
  msg::ListOrders list;
  if (world_.chance(0.5)) list.customer = some_customer();
  list.after = base::OrderNo(known - std::min<std::uint64_t>(known, world_.one_of(20)));
  if (world_.chance(0.5)) list.limit = static_cast<std::uint32_t>(1 + world_.one_of(8));
  return list;
}

}  // namespace sim
