// Reference: holds, and that they end in time.
#include <algorithm>

#include "tests/sim/reference.h"

namespace sim {

const std::vector<msg::Hold>* Reference::hold(base::HoldNo no) const {
  const auto found = holds_.find(no);
  return found == holds_.end() ? nullptr : &found->second;
}

const msg::Hold* Reference::hold_at(base::HoldNo no, Prefix prefix) const {
  const msg::Hold* last = nullptr;
  if (const auto* states = hold(no)) {
    for (const auto& state : *states) {
      if (state.version <= prefix) last = &state;
    }
  }
  return last;
}

// A hold that is over ends before anything else is decided.
void Reference::in_time(const msg::Event& event, base::Seq seq) {
  const auto* ended = std::get_if<msg::HoldEnded>(&event.what);
  const auto ending = ended && !ended->key ? open_.find(ended->hold) : open_.end();
  for (const auto& [no, expires] : open_) {
    const bool is_later = ending != open_.end() && ending->second <= expires;
    if (expires <= event.at && !is_later) {
      broken(seq, fmt::format("decided at {}, and hold {}, which was over at {}, is open", event.at, no, expires));
    }
  }
}

// The next state of an open hold, for changing.
msg::Hold* Reference::change_hold(base::HoldNo no, base::Seq seq) {
  if (open_.count(no) == 0) {
    broken(seq, fmt::format("hold {} is not open", no));
    return nullptr;
  }
  auto& states = holds_[no];
  states.push_back(states.back());
  states.back().version = seq;
  hold_events_.push_back(seq);
  return &states.back();
}

void Reference::hold_moves(const msg::HoldLine& line, std::int64_t pieces, base::Seq seq) {
  auto* item = change(line.item, seq);
  if (!item) return;
  const auto held = msg::held_of(*item) + base::Quantity(pieces);
  if (held.value() < 0 || held > item->stock || held != line.held) {
    broken(seq, fmt::format("{} of {} pieces of item {} are held, the event says {}", held, item->stock, line.item,
                            line.held));
  }
  item->held.reset();
  if (held.value() > 0) item->held = held;
}

void Reference::let_go(const msg::Hold& hold, const std::vector<msg::HoldLine>& told, msg::MovementKind kind,
                       base::Seq seq) {
  if (told.size() != hold.lines.size()) broken(seq, fmt::format("hold {} ends with other lines", hold.no));
  for (std::size_t i = 0; i < std::min(told.size(), hold.lines.size()); ++i) {
    const auto& line = hold.lines[i];
    if (told[i].item != line.item || told[i].quantity != line.quantity || told[i].price != line.price) {
      broken(seq, fmt::format("hold {} ends with another line than it has", hold.no));
    }
    hold_moves(told[i], -line.quantity.value(), seq);
    auto& row = moved(line.item, kind, seq);
    row.held_delta = -line.quantity;
    row.hold = hold.no;
    row.order = hold.order;
  }
  open_.erase(hold.no);
}

void Reference::apply(const msg::HoldPlaced& placed, base::Seq seq) {
  world_.count("stream: hold_placed");
  if (placed.hold.value() != holds_.size() + 1) broken(seq, fmt::format("hold {} leaves a gap", placed.hold));
  if (placed.expires <= at_ || placed.lines.empty()) broken(seq, "a hold without time or lines");
  within_terms(placed.customer, placed.lines, seq);
  for (const auto& line : placed.lines) {
    if (line.quantity.value() <= 0) broken(seq, "a line without pieces");
    hold_moves(line, line.quantity.value(), seq);
    auto& row = moved(line.item, msg::MovementKind::kHeld, seq);
    row.held_delta = line.quantity;
    row.hold = placed.hold;
    if (const auto* past = item(line.item); past && past->states.back().price != line.price) {
      broken(seq, fmt::format("hold {} has another price for item {}", placed.hold, line.item));
    }
    if (const auto* past = item(line.item); past && msg::is_retired(past->states.back())) {
      broken(seq, fmt::format("hold {} has item {}, which is retired", placed.hold, line.item));
    }
  }
  msg::Hold hold;
  hold.no = placed.hold;
  hold.seq = hold.version = seq;
  hold.at = at_;
  hold.expires = placed.expires;
  hold.key = placed.key;
  hold.customer = placed.customer;
  hold.lines = placed.lines;
  hold.by = by_;
  holds_[placed.hold].push_back(hold);
  open_[placed.hold] = placed.expires;
  hold_events_.push_back(seq);
}

void Reference::apply(const msg::HoldExtended& extended, base::Seq seq) {
  world_.count("stream: hold_extended");
  auto* hold = change_hold(extended.hold, seq);
  if (!hold) return;
  if (hold->expires != extended.was || extended.expires < extended.was || hold->customer != extended.customer) {
    broken(seq, fmt::format("hold {} is not extended from its end at {}", hold->no, hold->expires));
  }
  open_[hold->no] = hold->expires = extended.expires;
}

void Reference::apply(const msg::HoldConfirmed& confirmed, base::Seq seq) {
  auto* hold = change_hold(confirmed.hold, seq);
  if (!hold) return;
  hold->state = msg::HoldState::kConfirmed;
  hold->order = confirmed.no;
  if (hold->customer != confirmed.customer) broken(seq, "confirms the hold of another customer");
  let_go(*hold, confirmed.ended, msg::MovementKind::kConfirmed, seq);
  std::int64_t total = 0;
  std::int64_t pieces = 0;
  for (const auto& line : confirmed.lines) {
    const auto held = std::find_if(hold->lines.begin(), hold->lines.end(),
                                   [&](const msg::HoldLine& each) { return each.item == line.item; });
    if (held == hold->lines.end() || line.quantity.value() <= 0 || line.quantity > held->quantity ||
        line.price != held->price) {
      broken(seq,
             fmt::format("hold {} does not have {} of item {} at {}", hold->no, line.quantity, line.item, line.price));
    }
    if (const auto* past = item(line.item)) by_rule(shelf_of(past->states.back()), line, seq);
    move(line.item, -line.quantity.value(), line.stock, seq);
    auto& row = moved(line.item, msg::MovementKind::kConfirmed, seq);
    row.delta -= line.quantity;
    place_moves(line.item, line.places, -1, row, seq);
    total += line.quantity.value() * line.price.value();
    pieces += line.quantity.value();
  }
  std::int64_t had = 0;
  for (const auto& line : hold->lines) had += line.quantity.value();
  world_.count(pieces == had ? "stream: hold_confirmed, whole" : "stream: hold_confirmed, part");
  if (confirmed.total.value() != total || confirmed.lines.empty()) {
    broken(seq, fmt::format("order {} has a wrong total", confirmed.no));
  }
  if (confirmed.no.value() != orders_.size() + 1) broken(seq, fmt::format("order {} leaves a gap", confirmed.no));
  orders_.push_back({confirmed.no, seq, at_, msg::OrderType::kBuy, confirmed.key, confirmed.customer, confirmed.lines,
                     confirmed.total, by_});
}

void Reference::apply(const msg::HoldEnded& ended, base::Seq seq) {
  world_.count(ended.key ? "stream: hold_ended, released" : "stream: hold_ended, expired");
  auto* hold = change_hold(ended.hold, seq);
  if (!hold) return;
  if (!ended.key && hold->expires > at_) broken(seq, fmt::format("hold {} ends before {}", hold->no, hold->expires));
  hold->state = ended.key ? msg::HoldState::kReleased : msg::HoldState::kExpired;
  let_go(*hold, ended.lines, ended.key ? msg::MovementKind::kReleased : msg::MovementKind::kExpired, seq);
}

}  // namespace sim
