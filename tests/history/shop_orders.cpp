// Shop: orders, their cancellations, the terms of sale, and the outcomes of keys.
#include "tests/history/shop.h"

namespace history {

std::vector<msg::Order> Shop::all(const msg::ListOrders& list) const {
  std::vector<msg::Order> found;
  for (const auto& order : orders_) {
    const bool is_theirs = !list.customer || same(order.customer, *list.customer);
    if (is_theirs && order.no > list.after.value_or(base::OrderNo())) found.push_back(order);
  }
  return found;
}

Answer Shop::operator()(const msg::PlaceOrder& place) {
  if (const auto before = used(place.key, place)) return *before;
  std::map<base::ItemId, base::Quantity> left;
  std::map<std::pair<base::ItemId, std::string>, base::Quantity> named;  // of the places that lines name
  for (const auto& line : place.lines) {
    if (line.place) named[{line.item, *line.place}] += line.quantity;
    if (items_.count(line.item) == 0) return refused(msg::Code::kUnknownItem, line.item);
    const auto& item = items_.at(line.item);
    if (place.type == msg::OrderType::kBuy) {
      if (const auto refusal = not_for_sale(item)) return *refusal;
    }
    if (line.price && *line.price != item.price) {
      auto refusal = refused(msg::Code::kPriceChanged, line.item);
      refusal.price = item.price;
      return refusal;
    }
    const auto moved = place.type == msg::OrderType::kBuy ? -line.quantity : line.quantity;
    left.emplace(line.item, item.stock).first->second += moved;
  }
  for (const auto& [id, stock] : left) {
    if (stock < msg::held_of(items_.at(id))) return sold_out(id);
    if (stock.value() > msg::kStockMax) return refused(msg::Code::kLimit, id);
  }
  if (place.type == msg::OrderType::kBuy) {
    for (const auto& [id, stock] : left) {
      const auto asked = items_.at(id).stock - stock;
      if (const auto refusal = over_terms(items_.at(id), asked, place.customer.value_or(""))) return *refusal;
    }
  }
  for (const auto& [from, pieces] : named) {
    const auto there = shelf_of(items_.at(from.first))[from.second];
    if (pieces > there) return sold_out(from.first, there);
  }
  ++seq_;
  msg::Order order{base::OrderNo(orders_.size() + 1),
                   base::Seq(seq_),
                   now_,
                   place.type,
                   place.key,
                   place.customer.value_or(""),
                   {},
                   {}};
  for (const auto& line : place.lines) {
    auto& item = items_.at(line.item);
    item.stock += place.type == msg::OrderType::kBuy ? -line.quantity : line.quantity;
    item.version = base::Seq(seq_);
    order.lines.push_back({line.item, line.quantity, item.price, item.stock});
    order.total += base::Cents(item.price.value() * line.quantity.value());
  }
  for (const bool names : {true, false}) {
    for (std::size_t i = 0; i < place.lines.size() && place.type == msg::OrderType::kBuy; ++i) {
      if (place.lines[i].place.has_value() == names) order.lines[i].places = take(place.lines[i], shelves_);
    }
  }
  for (const auto& line : order.lines) show_places(line.item);
  orders_.push_back(order);
  return keep(place.key, place, msg::OrderReply{order}, order.no);
}

Answer Shop::operator()(const msg::Cancel& cancel) {
  if (const auto before = used(cancel.key, cancel)) return *before;
  if (!cancel.no || cancel.no.value() > orders_.size()) return msg::Refusal{.code = msg::Code::kUnknownOrder};
  auto& order = orders_[cancel.no.value() - 1];
  auto left = left_of(order);
  if (std::none_of(left.begin(), left.end(), [](const auto& each) { return each.second.value() > 0; })) {
    return msg::Refusal{.code = msg::Code::kNothingRemains};
  }
  std::vector<msg::CancelLine> lines;
  for (const auto& [id, pieces] : left) {
    if (!cancel.lines && pieces.value() > 0) lines.push_back({id, pieces});
  }
  if (cancel.lines) lines = *cancel.lines;
  const bool goes_back = cancel.kind != msg::CancelKind::kScrap;
  for (const auto& line : lines) {
    if (line.quantity > left[line.item]) return refused(msg::Code::kMoreThanRemains, line.item);
    const auto stock = items_.at(line.item).stock + line.quantity;
    if (goes_back && stock.value() > msg::kStockMax) return refused(msg::Code::kLimit, line.item);
  }
  ++seq_;
  msg::Cancellation taken{cancel.no, base::Seq(seq_), now_, cancel.kind, cancel.key, {}, {}, cancel.reason.value_or(""),
                          {}};
  for (const auto& line : lines) {
    auto& item = items_.at(line.item);
    if (goes_back) item.stock += line.quantity;
    item.version = base::Seq(seq_);
    const auto bought = std::find_if(order.lines.begin(), order.lines.end(),
                                     [&](const msg::OrderLine& each) { return each.item == line.item; });
    taken.lines.push_back({line.item, line.quantity, bought->price, item.stock});
    taken.total += base::Cents(bought->price.value() * line.quantity.value());
    Shelves from{{line.item, remains_of(order, line.item)}};
    auto& places = taken.lines.back().places = take({line.item, line.quantity, {}}, from);
    if (!goes_back) continue;
    auto& shelf = shelves_[line.item];
    shelf["main"] += line.quantity;
    for (const auto& [place, pieces] : places.value_or(msg::Places())) {
      shelf[place] += pieces;
      shelf["main"] -= pieces;
    }
    show_places(line.item);
  }
  if (!order.cancellations) order.cancellations.emplace();
  order.cancellations->push_back(taken);
  left = left_of(order);
  const bool some = std::any_of(left.begin(), left.end(), [](const auto& each) { return each.second.value() > 0; });
  const bool back = std::any_of(order.cancellations->begin(), order.cancellations->end(),
                                [](const auto& each) { return each.kind != msg::CancelKind::kCancel; });
  order.state = some   ? msg::OrderState::kPartlyCancelled
                : back ? msg::OrderState::kReturned
                       : msg::OrderState::kCancelled;
  return keep(cancel.key, cancel, msg::OrderReply{order});
}

Answer Shop::operator()(const msg::GetOrder& get) const {
  if (!get.no || get.no.value() > orders_.size()) return msg::Refusal{.code = msg::Code::kUnknownOrder};
  return msg::OrderReply{orders_[get.no.value() - 1]};
}

Answer Shop::operator()(const msg::ListOrders& list) const {
  msg::OrdersReply reply{all(list), {}};
  if (cut(reply.orders, list.limit)) reply.next = reply.orders.back().no;
  return reply;
}

Answer Shop::operator()(const msg::Outcome& outcome) {
  const auto known = keys_.find(outcome.key);
  if (known == keys_.end()) {
    keys_[outcome.key] = {msg::Outcome{}, base::Seq(++seq_), {}, {}};
    return msg::OutcomeReply{msg::OutcomeKind::kVoid, base::Seq(seq_), {}};
  }
  const auto& [request, seq, no, answer] = known->second;
  if (no) return msg::OutcomeReply{msg::OutcomeKind::kOrder, seq, as_placed(orders_[no.value() - 1])};
  const bool is_void = std::holds_alternative<msg::Outcome>(request);
  msg::OutcomeReply reply{is_void ? msg::OutcomeKind::kVoid : msg::OutcomeKind::kChange, seq, {}};
  if (const auto* held = std::get_if<msg::HoldReply>(&answer)) reply.hold = holds_[held->hold.no.value() - 1];
  return reply;
}

Shop::Shelf Shop::remains_of(const msg::Order& order, base::ItemId item) {
  Shelf left;
  const auto add = [&](const msg::OrderLine& line, std::int64_t sign) {
    if (line.item != item) return;
    left["main"] += base::Quantity(sign * line.quantity.value());
    for (const auto& [place, pieces] : line.places.value_or(msg::Places())) {
      left[place] += base::Quantity(sign * pieces.value());
      left["main"] -= base::Quantity(sign * pieces.value());
    }
  };
  for (const auto& line : order.lines) add(line, 1);
  if (!order.cancellations) return left;
  for (const auto& each : *order.cancellations) {
    for (const auto& line : each.lines) add(line, -1);
  }
  return left;
}

msg::Order Shop::as_placed(msg::Order order) {
  order.cancellations.reset();
  order.state.reset();
  return order;
}

std::map<base::ItemId, base::Quantity> Shop::left_of(const msg::Order& order) {
  std::map<base::ItemId, base::Quantity> left;
  if (order.type != msg::OrderType::kBuy) return left;
  for (const auto& line : order.lines) left[line.item] += line.quantity;
  if (!order.cancellations) return left;
  for (const auto& each : *order.cancellations) {
    for (const auto& line : each.lines) left[line.item] -= line.quantity;
  }
  return left;
}

std::optional<msg::Refusal> Shop::not_for_sale(const msg::Item& item) const {
  auto refusal = refused(msg::Code::kNotForSale, item.id);
  if (msg::is_retired(item)) return refusal;
  const auto terms = item.terms.value_or(msg::Terms{});
  if (terms.from && now_ < *terms.from) {
    refusal.from = terms.from;
    return refusal;
  }
  if (!terms.until || now_ < *terms.until) return std::nullopt;
  refusal.until = terms.until;
  return refusal;
}

std::optional<msg::Refusal> Shop::over_terms(const msg::Item& item, base::Quantity asked,
                                             const std::string& customer) const {
  const auto terms = item.terms.value_or(msg::Terms{});
  auto refusal = refused(msg::Code::kLimit, item.id);
  if (terms.per_order && asked > *terms.per_order) {
    refusal.allowed = terms.per_order;
    return refusal;
  }
  if (!terms.per_customer) return std::nullopt;
  const auto left =
      customer.empty() ? base::Quantity() : *terms.per_customer - had_by(customer, item.id, *terms.window);
  if (asked <= left) return std::nullopt;
  refusal.allowed = std::max(left, base::Quantity());
  return refusal;
}

base::Quantity Shop::had_by(const std::string& customer, base::ItemId item, std::int64_t window) const {
  base::Quantity all;
  for (const auto& order : orders_) {
    if (!same(order.customer, customer) || order.at <= now_ - window) continue;
    const auto left = left_of(order);
    if (left.count(item) > 0) all += left.at(item);
  }
  for (const auto& hold : holds_) {
    if (!same(hold.customer, customer) || hold.state != msg::HoldState::kOpen) continue;
    for (const auto& line : hold.lines) all += line.item == item ? line.quantity : base::Quantity();
  }
  return all;
}

}  // namespace history
