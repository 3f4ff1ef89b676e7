// StreamAudit: holds.
#include <fmt/format.h>

#include <algorithm>

#include "books/audit_stream.h"
#include "text/fold.h"

namespace books {
namespace {

bool same_pieces(const msg::HoldLine& line, const msg::HoldLine& other) {
  return line.item == other.item && line.quantity == other.quantity && line.price == other.price;
}

msg::HoldLine* line_of(std::vector<msg::HoldLine>& lines, base::ItemId item) {
  const auto found =
      std::find_if(lines.begin(), lines.end(), [&](const msg::HoldLine& line) { return line.item == item; });
  return found == lines.end() ? nullptr : &*found;
}

}  // namespace

// A hold that is over ends before anything else is decided.
void StreamAudit::in_time(const msg::Event& event) {
  if (ends_.empty() || ends_.begin()->first > event.at) return;
  const auto* ended = std::get_if<msg::HoldEnded>(&event.what);
  if (ended && !ended->key && ended->hold == ends_.begin()->second) return;
  hold_faults_.add(
      fmt::format("seq {} was decided after the end of hold {}, which was open", seq_, ends_.begin()->second));
}

void StreamAudit::hold_moved(const msg::HoldLine& line, base::Quantity delta) {
  auto* entry = find(line.item);
  if (!entry) return;
  const auto held = msg::held_of(entry->item) + delta;
  if (held.value() < 0 || held > entry->item.stock) {
    hold_faults_.add(
        fmt::format("seq {} leaves {} of {} pieces of item {} held", seq_, held, entry->item.stock, line.item));
  }
  if (held != line.held) {
    hold_faults_.add(
        fmt::format("seq {} says that {} pieces of item {} are held, but {} are", seq_, line.held, line.item, held));
  }
  const auto kept = is_stock(line.held) ? line.held : base::Quantity();
  entry->item.held = kept.value() > 0 ? std::optional(kept) : std::nullopt;
}

// The limits are as old as holds.
void StreamAudit::within_a_day(base::HoldNo no, std::int64_t placed, std::int64_t expires) {
  if (placed < 0 || expires < placed || expires - placed <= msg::kHoldMsMax) return;
  hold_faults_.add(fmt::format("seq {} leaves hold {} open for more than a day", seq_, no));
}

// `customer` is folded.
void StreamAudit::within_limits(base::HoldNo no, const std::string& customer) {
  if (holds_.size() >= msg::kHoldsMax) {
    hold_faults_.add(fmt::format("seq {} places hold {}, and there are {} open holds, as many as a store may have",
                                 seq_, no, holds_.size()));
  }
  const auto theirs = holders_.find(customer);
  if (theirs == holders_.end() || theirs->second < msg::kHoldsOfCustomerMax) return;
  hold_faults_.add(fmt::format("seq {} places hold {}, and its customer has {} open holds, as many as one may have",
                               seq_, no, theirs->second));
}

void StreamAudit::compare_customer(base::HoldNo no, const OpenHold& hold, const std::string& customer) {
  if (text::folded(customer) == hold.customer) return;
  hold_faults_.add(
      fmt::format("seq {} changes hold {} for customer '{}', and it is not that customer's", seq_, no, customer));
}

void StreamAudit::apply(const msg::HoldPlaced& placed) {
  if (placed.hold != last_hold_.next()) {
    hold_faults_.add(fmt::format("seq {} places hold {}, but hold {} was due", seq_, placed.hold, last_hold_.next()));
  }
  last_hold_ = placed.hold;
  if (placed.lines.empty() || placed.lines.size() > msg::kOrderLinesMax || placed.expires <= event_at_) {
    return hold_faults_.add(
        fmt::format("hold {} cannot have {} lines and end at {}", placed.hold, placed.lines.size(), placed.expires));
  }
  OpenHold hold{event_at_, placed.expires, text::folded(placed.customer), {}};
  within_a_day(placed.hold, hold.placed, hold.expires);
  within_limits(placed.hold, hold.customer);
  Asked asked;
  for (const auto& line : placed.lines) {
    const bool sane =
        line.quantity.value() >= 1 && line.quantity.value() <= msg::kLineQuantityMax && is_price(line.price);
    const auto item = items_.find(line.item);
    if (!sane || line_of(hold.lines, line.item)) {
      return hold_faults_.add(
          fmt::format("hold {} cannot have {} pieces of item {}", placed.hold, line.quantity, line.item));
    }
    if (item != items_.end() && item->second.item.price != line.price) {
      hold_faults_.add(fmt::format("hold {} has item {} at {}, but it cost {}", placed.hold, line.item,
                                   text_of(line.price), text_of(item->second.item.price)));
    }
    if (item != items_.end() && msg::is_retired(item->second.item)) {
      hold_faults_.add(fmt::format("hold {} has item {}, which is retired", placed.hold, line.item));
    }
    hold_moved(line, line.quantity);
    hold.lines.push_back(line);
    asked[line.item] += line.quantity.value();
  }
  within_terms(fmt::format("hold {}", placed.hold), hold.customer, asked, hold_faults_);
  if (!holds_.emplace(placed.hold, hold).second) {
    return hold_faults_.add(fmt::format("seq {} places hold {}, which is open", seq_, placed.hold));
  }
  if (!hold.customer.empty()) ++holders_[hold.customer];
  for (const auto& line : placed.lines) kept_[{hold.customer, line.item}] += line.quantity.value();
  ends_.emplace(placed.expires, placed.hold);
}

void StreamAudit::apply(const msg::HoldExtended& extended) {
  const auto hold = holds_.find(extended.hold);
  if (hold == holds_.end()) {
    return hold_faults_.add(fmt::format("seq {} extends hold {}, which is not open", seq_, extended.hold));
  }
  if (extended.was != hold->second.expires || extended.expires < extended.was) {
    hold_faults_.add(fmt::format("seq {} moves the end of hold {} from {} to {}, but it was {}", seq_, extended.hold,
                                 extended.was, extended.expires, hold->second.expires));
  }
  compare_customer(extended.hold, hold->second, extended.customer);
  within_a_day(extended.hold, hold->second.placed, extended.expires);
  ends_.erase({hold->second.expires, extended.hold});
  hold->second.expires = extended.expires;
  ends_.emplace(extended.expires, extended.hold);
}

// Removes an open hold that ends with these lines; nothing if that is wrong.
template <class Event>
std::optional<StreamAudit::OpenHold> StreamAudit::close(const Event& event, const std::vector<msg::HoldLine>& told) {
  const auto no = event.hold;
  const auto found = holds_.find(no);
  if (found == holds_.end()) {
    hold_faults_.add(fmt::format("seq {} ends hold {}, which is not open", seq_, no));
    return std::nullopt;
  }
  auto hold = std::move(found->second);
  holds_.erase(found);
  ends_.erase({hold.expires, no});
  compare_customer(no, hold, event.customer);
  const auto theirs = holders_.find(hold.customer);
  if (theirs != holders_.end() && --theirs->second == 0) holders_.erase(theirs);
  for (const auto& line : hold.lines) {
    const auto kept = kept_.find({hold.customer, line.item});
    if (kept != kept_.end() && (kept->second -= line.quantity.value()) <= 0) kept_.erase(kept);
  }
  if (!std::equal(told.begin(), told.end(), hold.lines.begin(), hold.lines.end(), same_pieces)) {
    hold_faults_.add(fmt::format("seq {} ends hold {} with other lines than it has", seq_, no));
    return std::nullopt;
  }
  for (const auto& line : told) hold_moved(line, -line.quantity);
  return hold;
}

void StreamAudit::apply(const msg::HoldConfirmed& confirmed) {
  next_order(confirmed.no);
  auto hold = close(confirmed, confirmed.ended);
  if (!hold) return;
  if (confirmed.lines.empty() || confirmed.lines.size() > msg::kOrderLinesMax) {
    return orders_.add(fmt::format("order {} cannot have {} lines", confirmed.no, confirmed.lines.size()));
  }
  std::int64_t total = 0;
  for (const auto& line : confirmed.lines) {
    auto* held = line_of(hold->lines, line.item);
    if (!held || line.quantity.value() < 1 || held->quantity < line.quantity || held->price != line.price) {
      return hold_faults_.add(fmt::format("seq {} confirms {} pieces of item {} at {}, which hold {} does not have",
                                          seq_, line.quantity, line.item, text_of(line.price), confirmed.hold));
    }
    held->quantity -= line.quantity;
    total += line.quantity.value() * line.price.value();  // at most 1e15 a line
    pieces_.bought += line.quantity.value();
    if (auto* entry = find(line.item)) {
      take_by_rule(entry->item, line);
      move(*entry, -line.quantity, line.stock);
      move_places(*entry, line, -1);
    }
    if (rows_) rows_->add_pieces(confirmed.no, line.item, {line.quantity, line.price});
    if (rows_) keep_sources(confirmed.no, line);
  }
  keep_buyer(text::folded(confirmed.customer), confirmed.no, confirmed.lines);
  if (confirmed.total.value() != total) {
    orders_.add(fmt::format("order {} has a total of {}, but its lines add up to {}", confirmed.no,
                            text_of(confirmed.total), text_of(base::Cents(total))));
  }
}

void StreamAudit::apply(const msg::HoldEnded& ended) {
  const auto hold = close(ended, ended.lines);
  if (hold && !ended.key && hold->expires > event_at_) {
    hold_faults_.add(fmt::format("seq {} ends hold {} before its end at {}", seq_, ended.hold, hold->expires));
  }
}

}  // namespace books
