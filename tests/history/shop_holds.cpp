// Shop: holds, and how they end.
#include "tests/history/shop.h"

namespace history {

void Shop::at(std::int64_t now) {
  now_ = now;
  for (;;) {
    msg::Hold* first = nullptr;
    for (auto& hold : holds_) {
      const bool over = hold.state == msg::HoldState::kOpen && hold.expires <= now;
      if (over && (!first || hold.expires < first->expires)) first = &hold;
    }
    if (!first) return;
    ++seq_;
    end(*first, msg::HoldState::kExpired);
  }
}

Answer Shop::operator()(const msg::PlaceHold& place) {
  if (const auto before = used(place.key, place)) return as_now(*before);
  for (const auto& line : place.lines) {
    if (items_.count(line.item) == 0) return refused(msg::Code::kUnknownItem, line.item);
    const auto& item = items_.at(line.item);
    if (const auto refusal = not_for_sale(item)) return *refusal;
    if (line.price && *line.price != item.price) {
      auto refusal = refused(msg::Code::kPriceChanged, line.item);
      refusal.price = item.price;
      return refusal;
    }
    if (line.quantity > msg::available_of(item)) return sold_out(line.item);
  }
  for (const auto& line : place.lines) {
    const auto refusal = over_terms(items_.at(line.item), line.quantity, place.customer.value_or(""));
    if (refusal) return *refusal;
  }
  ++seq_;
  msg::Hold hold{base::HoldNo(holds_.size() + 1),
                 base::Seq(seq_),
                 base::Seq(seq_),
                 now_,
                 now_ + place.ttl,
                 msg::HoldState::kOpen,
                 place.key,
                 place.customer.value_or(""),
                 {},
                 {},
                 {}};
  for (const auto& line : place.lines) {
    auto& item = items_.at(line.item);
    hold_some(item, line.quantity);
    item.version = base::Seq(seq_);
    hold.lines.push_back({line.item, line.quantity, item.price, msg::held_of(item)});
  }
  holds_.push_back(hold);
  return keep(place.key, place, msg::HoldReply{hold});
}

Answer Shop::operator()(const msg::ConfirmHold& confirm) {
  if (const auto before = used(confirm.key, confirm)) return *before;
  if (const auto refusal = not_open(confirm.hold)) return *refusal;
  auto& hold = holds_[confirm.hold.value() - 1];
  std::vector<msg::ConfirmLine> lines;
  for (const auto& line : hold.lines) lines.push_back({line.item, line.quantity});
  if (confirm.lines) lines = *confirm.lines;
  msg::Order order{base::OrderNo(orders_.size() + 1),
                   base::Seq(seq_ + 1),
                   now_,
                   msg::OrderType::kBuy,
                   confirm.key,
                   hold.customer,
                   {},
                   {}};
  for (const auto& line : lines) {
    const auto held = std::find_if(hold.lines.begin(), hold.lines.end(),
                                   [&](const msg::HoldLine& each) { return each.item == line.item; });
    if (held == hold.lines.end() || line.quantity > held->quantity) {
      return refused(msg::Code::kMoreThanRemains, line.item);
    }
    order.lines.push_back({line.item, line.quantity, held->price, items_.at(line.item).stock - line.quantity});
    order.total += base::Cents(held->price.value() * line.quantity.value());
  }
  ++seq_;
  for (auto& line : order.lines) {
    items_.at(line.item).stock = line.stock;
    line.places = take({line.item, line.quantity, {}}, shelves_);
    show_places(line.item);
  }
  hold.order = order.no;
  end(hold, msg::HoldState::kConfirmed);
  orders_.push_back(order);
  return keep(confirm.key, confirm, msg::OrderReply{order}, order.no);
}

Answer Shop::operator()(const msg::ExtendHold& extend) {
  if (const auto before = used(extend.key, extend)) return as_now(*before);
  if (const auto refusal = not_open(extend.hold)) return *refusal;
  auto& hold = holds_[extend.hold.value() - 1];
  hold.expires = std::max(hold.expires, now_ + extend.ttl);
  hold.version = base::Seq(++seq_);
  return keep(extend.key, extend, msg::HoldReply{hold});
}

Answer Shop::operator()(const msg::ReleaseHold& release) {
  if (const auto before = used(release.key, release)) return as_now(*before);
  if (const auto refusal = not_open(release.hold)) return *refusal;
  auto& hold = holds_[release.hold.value() - 1];
  ++seq_;
  end(hold, msg::HoldState::kReleased);
  return keep(release.key, release, msg::HoldReply{hold});
}

Answer Shop::operator()(const msg::GetHold& get) const {
  if (get.hold.value() > holds_.size()) return msg::Refusal{.code = msg::Code::kUnknownHold};
  return msg::HoldReply{holds_[get.hold.value() - 1]};
}

Answer Shop::operator()(const msg::ListHolds& list) const {
  msg::HoldsReply reply;
  for (const auto& hold : holds_) {
    const bool is_theirs = !list.customer || same(hold.customer, *list.customer);
    const bool is_open = hold.state == msg::HoldState::kOpen;
    if (is_open && is_theirs && hold.no > list.after.value_or(base::HoldNo())) reply.holds.push_back(hold);
  }
  if (cut(reply.holds, list.limit)) reply.next = reply.holds.back().no;
  return reply;
}

void Shop::hold_some(msg::Item& item, base::Quantity pieces) {
  item.held = msg::held_of(item) + pieces;
  if (item.held->value() == 0) item.held.reset();
}

void Shop::end(msg::Hold& hold, msg::HoldState state) {
  for (const auto& line : hold.lines) {
    auto& item = items_.at(line.item);
    hold_some(item, -line.quantity);
    item.version = base::Seq(seq_);
  }
  hold.state = state;
  hold.version = base::Seq(seq_);
}

std::optional<msg::Refusal> Shop::not_open(base::HoldNo no) const {
  if (no.value() > holds_.size()) return msg::Refusal{.code = msg::Code::kUnknownHold};
  if (holds_[no.value() - 1].state == msg::HoldState::kOpen) return std::nullopt;
  return msg::Refusal{.code = msg::Code::kHoldOver};
}

Answer Shop::as_now(const Answer& answer) const {
  const auto* reply = std::get_if<msg::HoldReply>(&answer);
  return reply ? Answer(msg::HoldReply{holds_[reply->hold.no.value() - 1]}) : answer;
}

}  // namespace history
