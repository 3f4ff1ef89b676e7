// Decisions about holds.
#include "ledger/answers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/time_text.h"
#include "base/unless_empty.h"
#include "ledger/decide.h"
#include "ledger/sources.h"
#include "msg/places.h"

namespace ledger {
namespace {

using msg::Code;

constexpr std::int64_t kMinuteMs = 60'000;

msg::Refusal hold_limit(std::string message) { return {.code = Code::kLimit, .message = std::move(message)}; }

std::string cause_of_end(const msg::Hold& hold) {
  if (hold.order) return fmt::format("hold {} was confirmed: it became order {}", hold.no, *hold.order);
  if (hold.state == msg::HoldState::kReleased) return fmt::format("hold {} was released", hold.no);
  return fmt::format("hold {} expired at {}", hold.no, base::instant_text(hold.expires));
}

msg::Refusal not_open(const Outlook& outlook, base::HoldNo no) {
  if (no > outlook.holds().last()) return unknown_hold(no);
  const auto hold = outlook.ended_hold(no);
  return {.code = Code::kHoldOver, .message = hold ? cause_of_end(*hold) : fmt::format("hold {} is over", no)};
}

std::vector<msg::ConfirmLine> all_of(const msg::Hold& hold) {
  std::vector<msg::ConfirmLine> lines;
  for (const auto& line : hold.lines) lines.push_back({line.item, line.quantity});
  return lines;
}

}  // namespace

std::vector<msg::HoldLine> ended_lines(const Outlook& outlook, const msg::Hold& hold) {
  auto lines = hold.lines;
  for (auto& line : lines) line.held = outlook.item(line.item)->held - line.quantity;  // items are never removed
  return lines;
}

Answer answer(const Outlook& outlook, const msg::PlaceHold& place, std::int64_t at) {
  auto summed = sum_demand(outlook, place.lines, true, at);
  if (auto* refusal = std::get_if<msg::Refusal>(&summed)) return std::move(*refusal);
  const auto& demands = std::get<std::vector<Demand>>(summed);
  const auto customer = place.customer.value_or("");
  msg::HoldPlaced placed{.key = place.key,
                         .req = short_digest(place),
                         .hold = outlook.holds().last().next(),
                         .customer = customer,
                         .expires = at + place.ttl,
                         .digest = request_digest(place)};
  std::int64_t total = 0;
  for (const auto& demand : demands) {
    if (demand.asked > demand.left) return out_of_stock(demand.item, demand.asked, demand.left);
    placed.lines.push_back({demand.item, demand.asked, demand.price, demand.held + demand.asked});
    total += demand.price.value() * demand.asked.value();
  }
  if (auto refusal = over_terms(outlook, demands, customer, at)) return std::move(*refusal);
  if (total > msg::kTotalMaxCents) return total_limit();
  if (outlook.holds().size() >= msg::kHoldsMax) {
    return hold_limit(fmt::format("there are {} open holds, as many as a store may have", msg::kHoldsMax));
  }
  if (!customer.empty() && outlook.holds().size_of(customer) >= msg::kHoldsOfCustomerMax) {
    return hold_limit(
        fmt::format("this customer has {} open holds, as many as one may have", msg::kHoldsOfCustomerMax));
  }
  return msg::Event{at, std::move(placed)};
}

Answer answer(const Outlook& outlook, const msg::ConfirmHold& confirm, std::int64_t at) {
  const auto* hold = outlook.holds().find(confirm.hold);
  if (!hold) return not_open(outlook, confirm.hold);
  msg::HoldConfirmed confirmed{.key = confirm.key,
                               .req = short_digest(confirm),
                               .hold = hold->no,
                               .no = outlook.next_order(),
                               .customer = hold->customer,
                               .ended = ended_lines(outlook, *hold),
                               .digest = request_digest(confirm)};
  std::size_t portions = 0;
  for (const auto& line : confirm.lines ? *confirm.lines : all_of(*hold)) {
    const auto held = std::find_if(hold->lines.begin(), hold->lines.end(),
                                   [&](const msg::HoldLine& each) { return each.item == line.item; });
    const auto left = held == hold->lines.end() ? base::Quantity() : held->quantity;
    if (line.quantity > left) {
      return msg::Refusal{.code = Code::kMoreThanRemains,
                          .message = fmt::format("hold {}: {} of item {} asked for, it has {}", hold->no, line.quantity,
                                                 line.item, left),
                          .item = line.item};
    }
    const auto item = *outlook.item(line.item);
    const auto stock = item.stock - line.quantity;
    auto places = msg::taken(line.quantity, item.stock, item.places);
    portions += places.size();
    confirmed.lines.push_back({line.item, line.quantity, held->price, stock, base::unless_empty(std::move(places))});
    confirmed.total += base::Cents(held->price.value() * line.quantity.value());
  }
  if (portions > msg::kPortionsMax) return too_many_portions();
  return msg::Event{at, std::move(confirmed)};
}

Answer answer(const Outlook& outlook, const msg::ExtendHold& extend, std::int64_t at) {
  const auto* hold = outlook.holds().find(extend.hold);
  if (!hold) return not_open(outlook, extend.hold);
  const auto expires = std::max(hold->expires, at + extend.ttl);
  if (expires - hold->at > msg::kHoldMsMax) {
    const auto last = hold->at + msg::kHoldMsMax;
    const auto left = last - at;
    // Time goes on while somebody types the next command.
    const auto longest = left > 2 * kMinuteMs ? (left - kMinuteMs) / kMinuteMs * kMinuteMs : left;
    return hold_limit(fmt::format("hold {} is open for {} at most, until {}: the longest ttl is {} now", hold->no,
                                  base::span_text(msg::kHoldMsMax), base::instant_text(last),
                                  base::span_text(longest)));
  }
  return msg::Event{at, msg::HoldExtended{extend.key, short_digest(extend), hold->no, hold->customer, expires,
                                          hold->expires, request_digest(extend)}};
}

Answer answer(const Outlook& outlook, const msg::ReleaseHold& release, std::int64_t at) {
  const auto* hold = outlook.holds().find(release.hold);
  if (!hold) return not_open(outlook, release.hold);
  return msg::Event{at, msg::HoldEnded{release.key, short_digest(release), hold->no, hold->customer,
                                       ended_lines(outlook, *hold), request_digest(release)}};
}

}  // namespace ledger
