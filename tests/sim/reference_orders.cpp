// Reference: orders, their cancellations, and the terms of sale that orders and holds must keep.
#include <algorithm>

#include "tests/sim/reference.h"
#include "tests/sim/stores.h"

namespace sim {

void Reference::apply(const msg::OrderPlaced& placed, base::Seq seq) {
  std::int64_t total = 0;
  const std::int64_t sign = placed.type == msg::OrderType::kBuy ? -1 : 1;
  if (sign < 0) within_terms(placed.customer, placed.lines, seq);
  for (const auto& line : placed.lines) {
    if (line.quantity.value() <= 0) broken(seq, "a line without pieces");
    move(line.item, sign * line.quantity.value(), line.stock, seq);
    auto& row = moved(line.item, sign < 0 ? msg::MovementKind::kBought : msg::MovementKind::kSold, seq);
    row.delta += base::Quantity(sign * line.quantity.value());
    row.order = placed.no;
    place_moves(line.item, line.places, sign, row, seq);
    if (line.places) world_.count("stream: order_placed, from other places than main");
    if (const auto* past = item(line.item); past && past->states.back().price != line.price) {
      broken(seq, fmt::format("order {} has another price for item {}", placed.no, line.item));
    }
    if (const auto* past = item(line.item); past && sign < 0 && msg::is_retired(past->states.back())) {
      broken(seq, fmt::format("order {} buys item {}, which is retired", placed.no, line.item));
    }
    total += line.quantity.value() * line.price.value();
  }
  if (placed.total.value() != total) broken(seq, fmt::format("order {} has a wrong total", placed.no));
  if (placed.no.value() != orders_.size() + 1) broken(seq, fmt::format("order {} leaves a gap", placed.no));
  orders_.push_back({placed.no, seq, at_, placed.type, placed.key, placed.customer, placed.lines, placed.total});
}

void Reference::apply(const msg::OrderCancelled& cancelled, base::Seq seq) {
  if (!cancelled.no || cancelled.no.value() > orders_.size()) {
    return broken(seq, fmt::format("cancels order {}, which is not there", cancelled.no));
  }
  world_.count(fmt::format("stream: order_cancelled, {}", msg::word(cancelled.kind)));
  const auto& order = orders_[cancelled.no.value() - 1];
  if (order.customer != cancelled.customer) broken(seq, "cancels the order of another customer");
  std::int64_t total = 0;
  for (const auto& line : cancelled.lines) {
    const auto left = remains(order.no, line.item, seq);
    if (line.quantity.value() <= 0 || line.quantity.value() > left) {
      broken(seq, fmt::format("cancels {} of item {} of order {}, of which {} remain", line.quantity, line.item,
                              order.no, left));
    }
    const bool at_its_price = std::any_of(order.lines.begin(), order.lines.end(), [&](const msg::OrderLine& bought) {
      return bought.item == line.item && bought.price == line.price;
    });
    if (!at_its_price) broken(seq, fmt::format("order {} did not buy item {} at {}", order.no, line.item, line.price));
    by_rule(remains_by_place(order.no, line.item, seq), line, seq);
    const bool is_scrapped = cancelled.kind == msg::CancelKind::kScrap;
    move(line.item, is_scrapped ? 0 : line.quantity.value(), line.stock, seq);
    auto& row = moved(line.item,
                      is_scrapped                                  ? msg::MovementKind::kScrapped
                      : cancelled.kind == msg::CancelKind::kReturn ? msg::MovementKind::kReturned
                                                                   : msg::MovementKind::kCancelled,
                      seq);
    if (!is_scrapped) row.delta += line.quantity;
    if (!is_scrapped) place_moves(line.item, line.places, 1, row, seq);
    if (line.places) world_.count("stream: order_cancelled, from other places than main");
    row.order = cancelled.no;
    if (!cancelled.reason.empty()) row.reason = cancelled.reason;
    total += line.quantity.value() * line.price.value();
  }
  if (cancelled.total.value() != total) broken(seq, "a cancellation has a wrong total");
  if (cancelled.lines.empty()) broken(seq, "a cancellation without lines");
  cancelled_[order.no].push_back(
      {cancelled.no, seq, at_, cancelled.kind, cancelled.key, cancelled.lines, cancelled.total, cancelled.reason, by_});
}

// The pieces that the customer bought after `since` and did not give back, and those that it holds.
std::int64_t Reference::has(const std::string& customer, base::ItemId id, std::int64_t since) const {
  std::int64_t pieces = 0;
  for (const auto& order : orders_) {
    if (order.at > since && same(order.customer, customer)) pieces += remains(order.no, id, kEver);
  }
  for (const auto& [no, expires] : open_) {
    const auto& hold = holds_.at(no).back();
    for (const auto& line : hold.lines) {
      if (line.item == id && same(hold.customer, customer)) pieces += line.quantity.value();
    }
  }
  return pieces;
}

// To be called before the order or the hold with these lines is kept.
template <class Line>
void Reference::within_terms(const std::string& customer, const std::vector<Line>& lines, base::Seq seq) {
  std::map<base::ItemId, std::int64_t> asked;
  for (const auto& line : lines) asked[line.item] += line.quantity.value();
  for (const auto& [id, pieces] : asked) {
    const auto* past = item(id);
    if (!past || !past->states.back().terms) continue;
    const auto& terms = *past->states.back().terms;
    if (at_ < terms.from.value_or(at_)) broken(seq, fmt::format("item {} is not for sale yet", id));
    if (terms.until && at_ >= *terms.until) broken(seq, fmt::format("item {} is not for sale any more", id));
    if (terms.per_order && pieces > terms.per_order->value()) {
      broken(seq, fmt::format("{} of item {} at once, where {} are allowed", pieces, id, *terms.per_order));
    }
    if (!terms.per_customer) continue;
    const auto all = pieces + has(customer, id, at_ - terms.window.value_or(0));
    if (customer.empty() || all > terms.per_customer->value()) {
      broken(seq, fmt::format("customer '{}' has {} of item {}, where {} are allowed in {} ms", customer, all, id,
                              *terms.per_customer, terms.window.value_or(0)));
    }
    if (all > pieces) world_.count("stream: terms, a customer buys more within the window");
  }
}
template void Reference::within_terms(const std::string&, const std::vector<msg::HoldLine>&, base::Seq);

const std::vector<msg::Cancellation>& Reference::cancelled(base::OrderNo no) const {
  static const std::vector<msg::Cancellation> kNone;
  const auto found = cancelled_.find(no);
  return found == cancelled_.end() ? kNone : found->second;
}

std::int64_t Reference::remains(base::OrderNo no, base::ItemId item, Prefix prefix) const {
  const auto& order = orders_[no.value() - 1];
  std::int64_t left = 0;
  for (const auto& line : order.lines) {
    if (line.item == item && order.type == msg::OrderType::kBuy) left += line.quantity.value();
  }
  for (const auto& each : cancelled(no)) {
    for (const auto& line : each.lines) {
      if (line.item == item && each.seq <= prefix) left -= line.quantity.value();
    }
  }
  return left;
}

Shelf Reference::remains_by_place(base::OrderNo no, base::ItemId item, Prefix prefix) const {
  const auto& order = orders_[no.value() - 1];
  Shelf left;
  const auto add = [&](const std::vector<msg::OrderLine>& lines, std::int64_t sign) {
    for (const auto& line : lines) {
      if (line.item != item) continue;
      for (const auto& [place, pieces] : parts_of(line.quantity, line.places)) left[place] += sign * pieces;
    }
  };
  if (order.type == msg::OrderType::kBuy) add(order.lines, 1);
  for (const auto& each : cancelled(no)) {
    if (each.seq <= prefix) add(each.lines, -1);
  }
  return left;
}

msg::Order Reference::order_at(base::OrderNo no, Prefix prefix) const {
  auto order = orders_[no.value() - 1];
  bool came_back = false;
  for (const auto& each : cancelled(no)) {
    if (each.seq > prefix) break;
    if (!order.cancellations) order.cancellations.emplace();
    order.cancellations->push_back(each);
    came_back = came_back || each.kind != msg::CancelKind::kCancel;
  }
  if (!order.cancellations) return order;
  const bool some_remain = std::any_of(order.lines.begin(), order.lines.end(),
                                       [&](const msg::OrderLine& line) { return remains(no, line.item, prefix) > 0; });
  order.state = some_remain ? msg::OrderState::kPartlyCancelled
                : came_back ? msg::OrderState::kReturned
                            : msg::OrderState::kCancelled;
  return order;
}

}  // namespace sim
