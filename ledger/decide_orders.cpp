// Decisions about orders, and about what is taken back of them.
#include "ledger/answers.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/unless_empty.h"
#include "ledger/decide.h"
#include "ledger/sources.h"
#include "msg/cancellations.h"
#include "msg/places.h"

namespace ledger {
namespace {

using msg::Code;

msg::Refusal price_changed(base::ItemId id, base::Cents price) {
  return {.code = Code::kPriceChanged,
          .message = fmt::format("the price of item {} is {} now, in the smallest unit of the currency", id, price),
          .item = id,
          .price = price};
}

// An order has few items, so a linear search is faster than a map.
Demand* find(std::vector<Demand>& demands, base::ItemId id) {
  const auto found = std::find_if(demands.begin(), demands.end(), [&](const Demand& d) { return d.item == id; });
  return found == demands.end() ? nullptr : &*found;
}

msg::Refusal more_than_remains(const msg::CancelLine& line, base::OrderNo no, base::Quantity left) {
  return {.code = Code::kMoreThanRemains,
          .message = fmt::format("order {}: {} of item {} asked for, {} remain of the order", no, line.quantity,
                                 line.item, left),
          .item = line.item};
}

// The lines of a request that names none: everything that remains.
std::vector<msg::CancelLine> all_of(const std::vector<msg::Remainder>& remainders) {
  std::vector<msg::CancelLine> lines;
  for (const auto& each : remainders) {
    if (each.quantity.value() > 0) lines.push_back({each.item, each.quantity});
  }
  return lines;
}

// Checks what was asked for against what remains of the order, and then against the stock, which has a limit.
std::variant<msg::OrderCancelled, msg::Refusal> taken_back(const Outlook& outlook, const msg::Cancel& cancel,
                                                           const std::vector<msg::Remainder>& remainders) {
  msg::OrderCancelled cancelled{.key = cancel.key, .req = short_digest(cancel), .no = cancel.no, .kind = cancel.kind};
  for (const auto& line : cancel.lines ? *cancel.lines : all_of(remainders)) {
    const auto bought = std::find_if(remainders.begin(), remainders.end(),
                                     [&](const msg::Remainder& each) { return each.item == line.item; });
    const auto left = bought == remainders.end() ? base::Quantity() : bought->quantity;
    if (line.quantity > left) return more_than_remains(line, cancel.no, left);
    const auto item = *outlook.item(line.item);  // items are never removed
    auto stock = item.stock;
    if (cancel.kind != msg::CancelKind::kScrap) stock += line.quantity;
    if (stock.value() > msg::kStockMax) return stock_limit(line.item);
    auto places = msg::taken(line.quantity, bought->quantity, bought->places);  // back to where they came from
    if (cancel.kind != msg::CancelKind::kScrap && is_full_with(item.places, places)) return too_many_places(line.item);
    cancelled.lines.push_back({line.item, line.quantity, bought->price, stock, base::unless_empty(std::move(places))});
    cancelled.total += base::Cents(bought->price.value() * line.quantity.value());
  }
  return cancelled;
}

}  // namespace

msg::Refusal total_limit() {
  return {.code = Code::kLimit,
          .message = fmt::format("the total would pass {}, in the smallest unit of the currency", msg::kTotalMaxCents)};
}

std::variant<std::vector<Demand>, msg::Refusal> sum_demand(const Outlook& outlook,
                                                           const std::vector<msg::DemandLine>& lines, bool sells,
                                                           std::int64_t at) {
  std::vector<Demand> demands;
  for (const auto& line : lines) {
    Demand* demand = find(demands, line.item);
    if (!demand) {
      const auto item = outlook.item(line.item);
      if (!item) return unknown_item(line.item);
      if (sells) {
        if (auto refusal = not_for_sale(line.item, *item, at)) return std::move(*refusal);
      }
      demand = &demands.emplace_back(
          Demand{line.item, item->price, item->available(), {}, item->stock, item->held, item->terms, item->places});
    }
    if (line.price && *line.price != demand->price) return price_changed(line.item, demand->price);
    demand->asked += line.quantity;
  }
  return demands;
}

Answer answer(const Outlook& outlook, const msg::PlaceOrder& place, std::int64_t at) {
  const bool buy = place.type == msg::OrderType::kBuy;
  auto summed = sum_demand(outlook, place.lines, buy, at);
  if (auto* refusal = std::get_if<msg::Refusal>(&summed)) return std::move(*refusal);
  auto& demands = std::get<std::vector<Demand>>(summed);
  for (const auto& demand : demands) {
    if (buy && demand.asked > demand.left) return out_of_stock(demand.item, demand.asked, demand.left);
    if (!buy && (demand.stock + demand.asked).value() > msg::kStockMax) return stock_limit(demand.item);
  }
  if (buy) {
    if (auto refusal = over_terms(outlook, demands, place.customer.value_or(""), at)) return std::move(*refusal);
  }
  msg::OrderPlaced placed{.key = place.key,
                          .req = short_digest(place),
                          .no = outlook.next_order(),
                          .type = place.type,
                          .customer = place.customer.value_or(""),
                          .digest = request_digest(place)};
  Sources sources;
  if (buy && !is_of_main(place.lines, demands)) {
    auto decided = sources_of(place.lines, demands);
    if (auto* refusal = std::get_if<msg::Refusal>(&decided)) return std::move(*refusal);
    sources = std::get<Sources>(std::move(decided));
  }
  placed.lines.reserve(place.lines.size());
  for (const auto& line : place.lines) {
    Demand& demand = *find(demands, line.item);
    demand.stock += buy ? -line.quantity : line.quantity;
    placed.lines.push_back({line.item, line.quantity, demand.price, demand.stock});
    placed.total += base::Cents(demand.price.value() * line.quantity.value());
  }
  for (std::size_t i = 0; i < sources.size(); ++i) placed.lines[i].places = std::move(sources[i]);
  if (placed.total.value() > msg::kTotalMaxCents) return total_limit();
  return msg::Event{at, std::move(placed)};
}

Answer answer(const Outlook& outlook, const msg::Cancel& cancel, std::int64_t at) {
  const auto order = outlook.order(cancel.no);
  if (!order) return unknown_order(cancel.no);
  const auto remainders = msg::remainders_of(*order);
  if (all_of(remainders).empty()) {
    return msg::Refusal{.code = Code::kNothingRemains,
                        .message = order->type == msg::OrderType::kBuy
                                       ? fmt::format("nothing remains of order {} to be cancelled", cancel.no)
                                       : fmt::format("order {} sold pieces to the store: only what was bought can be "
                                                     "cancelled",
                                                     cancel.no)};
  }
  if (order->cancellations && order->cancellations->size() >= msg::kCancellationsMax) {
    return msg::Refusal{.code = Code::kLimit,
                        .message = fmt::format("order {} has {} cancellations, as many as an order may have", cancel.no,
                                               msg::kCancellationsMax)};
  }
  auto taken = taken_back(outlook, cancel, remainders);
  if (auto* refusal = std::get_if<msg::Refusal>(&taken)) return std::move(*refusal);
  auto& cancelled = std::get<msg::OrderCancelled>(taken);
  cancelled.customer = order->customer;
  cancelled.reason = cancel.reason.value_or("");
  cancelled.digest = request_digest(cancel);
  return msg::Event{at, std::move(cancelled)};
}

}  // namespace ledger
