#include "ledger/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/time_text.h"
#include "base/unless_empty.h"
#include "ledger/repeat.h"
#include "ledger/sources.h"
#include "ledger/terms.h"
#include "msg/cancellations.h"
#include "msg/places.h"
#include "msg/well_formed.h"

namespace ledger {
namespace {

using msg::Code;
using Answer = std::variant<msg::Event, msg::Refusal>;

msg::Refusal stock_limit(base::ItemId id) {
  return {
      .code = Code::kLimit, .message = fmt::format("item {}: the stock would pass {}", id, msg::kStockMax), .item = id};
}

msg::Refusal price_changed(base::ItemId id, base::Cents price) {
  return {.code = Code::kPriceChanged,
          .message = fmt::format("the price of item {} is {} now, in the smallest unit of the currency", id, price),
          .item = id,
          .price = price};
}

msg::Refusal total_limit() {
  return {.code = Code::kLimit,
          .message = fmt::format("the total would pass {}, in the smallest unit of the currency", msg::kTotalMaxCents)};
}

msg::Refusal too_many_places(base::ItemId id) {
  return {.code = Code::kLimit,
          .message = fmt::format("item {} would have pieces at more than {} places besides {}", id, msg::kPlacesMax,
                                 msg::kMainPlace),
          .item = id};
}

msg::Refusal unknown_place(base::ItemId id, const std::string& place) {
  return {
      .code = Code::kUnknownPlace,
      .message = fmt::format("no item has pieces at '{}': is it a typing error? If it is a new place, open it", place),
      .item = id};
}

// A pending event that changes the item has no seq yet, so the new version cannot be told.
msg::Refusal version_changed(base::ItemId id, base::Seq version) {
  msg::Refusal refusal{.code = Code::kVersionChanged,
                       .message = fmt::format("item {} has changed since: look at it again", id),
                       .item = id};
  if (version) {
    refusal.version = version;
    refusal.message = fmt::format("item {} has changed since, and has version {} now: look at it again", id, version);
  }
  return refusal;
}

// An order has few items, so a linear search is faster than a map.
Demand* find(std::vector<Demand>& demands, base::ItemId id) {
  const auto found = std::find_if(demands.begin(), demands.end(), [&](const Demand& d) { return d.item == id; });
  return found == demands.end() ? nullptr : &*found;
}

// Sums the demand of all lines before any stock is compared: two lines may name the same item (TRAPS 19). The store
// takes pieces of every item in, but does not sell one that is not for sale at the time `at`.
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

// The first of the ids for the items of this request that have none. They follow the greatest id, so that the greatest
// id of the event determines all of them (repeat.cpp). Once a client has chosen an id near the end of the range, the
// writer takes free ids below it. Then the request must leave all ids to the writer, for the same reason.
std::optional<base::ItemId> first_id_for(const Outlook& outlook, const msg::AddItems& add) {
  auto next = outlook.next_free_id();
  std::uint64_t given = 0;
  for (const auto& item : add.items) {
    given += item.id ? 0 : 1;
    if (item.id) next = std::max(next, item.id->next());
  }
  if (given == 0 || next.value() + given - 1 <= msg::kItemIdMax) return next;
  if (given < add.items.size()) return std::nullopt;
  return outlook.free_row(given);
}

Answer answer(const Outlook& outlook, const msg::AddItems& add, std::int64_t at) {
  for (const auto& item : add.items) {
    if (!item.id || !outlook.item(*item.id)) continue;
    return msg::Refusal{
        .code = Code::kItemExists, .message = fmt::format("item {} exists", *item.id), .item = *item.id};
  }
  auto next = first_id_for(outlook, add);
  if (!next) {
    return msg::Refusal{.code = Code::kLimit,
                        .message =
                            "there are no free ids in a row for all these items: choose the ids of all of them, "
                            "or add fewer at once and choose none"};
  }
  msg::ItemsAdded added{.key = add.key, .req = short_digest(add), .digest = request_digest(add)};
  for (const auto& item : add.items) {
    const auto id = item.id ? *item.id : *next;
    if (!item.id) next = next->next();
    added.items.push_back(
        {id, item.title, item.topic, item.price, item.stock, item.description, item.topics, item.attributes});
  }
  return msg::Event{at, std::move(added)};
}

Answer answer(const Outlook& outlook, const msg::ChangePrice& change, std::int64_t at) {
  const auto item = outlook.item(change.item);
  if (!item) return unknown_item(change.item);
  if (change.version && *change.version != item->version) return version_changed(change.item, item->version);
  return msg::Event{at, msg::PriceChanged{change.key, short_digest(change), change.item, change.price, item->price,
                                          request_digest(change)}};
}

// The terms with the rules of these names as `told` has them.
msg::Terms with_rules(msg::Terms terms, const msg::Terms& told, const std::vector<std::string>& names) {
  const auto take = [&](const auto& rule) {
    if (std::find(names.begin(), names.end(), rule.name) != names.end()) terms.*rule.member = told.*rule.member;
  };
  std::apply([&](const auto&... each) { (take(each), ...); }, msg::Terms::fields());
  return terms;
}

msg::Attributes with_changes(msg::Attributes attributes, const msg::AttributeChanges& changes) {
  for (const auto& [name, value] : changes) {
    if (value) {
      attributes[name] = *value;
    } else {
      attributes.erase(name);
    }
  }
  return attributes;
}

msg::Refusal edit_limit(base::ItemId id, const std::string& fault) {
  return {.code = Code::kLimit, .message = fmt::format("item {} would not be right: {}", id, fault), .item = id};
}

Answer answer(const Outlook& outlook, const msg::EditItem& edit, std::int64_t at) {
  const auto item = outlook.item(edit.item);
  if (!item) return unknown_item(edit.item);
  if (edit.version && *edit.version != item->version) return version_changed(edit.item, item->version);
  msg::ItemEdited edited{.key = edit.key,
                         .req = short_digest(edit),
                         .item = edit.item,
                         .title = edit.title,
                         .topic = edit.topic,
                         .retired = edit.retired,
                         .digest = request_digest(edit),
                         .terms = edit.terms,
                         .description = edit.description,
                         .topics = edit.topics,
                         .low = edit.low};
  if (edit.topic) edited.topic_was = outlook.topic(edit.item);
  if (edit.topics) edited.topics_was = outlook.topics(edit.item);
  if (edit.rules) {
    edited.terms = with_rules(item->terms.value_or(msg::Terms{}), *edit.terms, *edit.rules);
    if (const auto fault = msg::fault_of(*edited.terms)) return edit_limit(edit.item, "terms." + *fault);
  }
  if (edit.attributes) {
    edited.attributes = with_changes(outlook.attributes(edit.item), *edit.attributes);
    if (const auto fault = msg::fault_of(*edited.attributes)) return edit_limit(edit.item, *fault);
  }
  return msg::Event{at, std::move(edited)};
}

msg::Refusal less_than_taken(base::ItemId id, base::Quantity taken, base::Quantity there,
                             const Outlook::Foreseen& item) {
  auto refusal = out_of_stock(id, taken, std::min(item.available(), there));
  refusal.message = fmt::format("item {}: {} cannot be taken out of stock, {} are there", id, taken, there);
  if (item.held.value() > 0) refusal.message += fmt::format(", and holds keep {} of them", item.held);
  return refusal;
}

std::string place_of(const std::optional<std::string>& place) { return place.value_or(std::string(msg::kMainPlace)); }

// True if an item with these places cannot have pieces at these, too.
bool is_full_with(std::optional<msg::Places> places, const msg::Places& more) {
  msg::shift(places, more);
  return places && places->size() > msg::kPlacesMax;
}

// A movement that leaves no place with less than nothing.
struct Move {
  base::Quantity delta;  // of the stock
  msg::Places places;    // the part that is not of `main`
  std::optional<bool> counted{};
  std::optional<base::Quantity> found{};
};

// Pieces come in only at a place that is known, or that the request opens.
template <class Request>
Answer moved(const Outlook& outlook, const Request& request, const Outlook::Foreseen& item, Move move,
             std::int64_t at) {
  const auto stock = item.stock + move.delta;
  if (stock.value() > msg::kStockMax) return stock_limit(request.item);
  std::optional<bool> opened;
  for (const auto& each : move.places) {
    if (each.pieces.value() < 0 || outlook.is_place(each.place)) continue;
    if (each.pieces.value() == 0 || !request.opens.value_or(false)) return unknown_place(request.item, each.place);
    opened = true;
  }
  if (is_full_with(item.places, move.places)) return too_many_places(request.item);
  return msg::Event{at, msg::StockMoved{.key = request.key,
                                        .req = short_digest(request),
                                        .item = request.item,
                                        .delta = move.delta,
                                        .stock = stock,
                                        .reason = request.reason.value_or(""),
                                        .digest = request_digest(request),
                                        .counted = move.counted,
                                        .places = base::unless_empty(std::move(move.places)),
                                        .found = move.found,
                                        .opened = opened}};
}

Answer answer(const Outlook& outlook, const msg::Restock& restock, std::int64_t at) {
  const auto item = outlook.item(restock.item);
  if (!item) return unknown_item(restock.item);
  if (restock.version && *restock.version != item->version) return version_changed(restock.item, item->version);
  const auto place = place_of(restock.place);
  const auto there = msg::pieces_at(item->stock, item->places, place);
  if (-restock.delta > std::min(item->available(), there)) {
    return less_than_taken(restock.item, -restock.delta, there, *item);
  }
  return moved(outlook, restock, *item, {restock.delta, msg::all_at(place, restock.delta)}, at);
}

msg::Refusal less_than_held(base::ItemId id, base::Quantity found, const Outlook::Foreseen& item) {
  auto refusal = out_of_stock(id, item.stock - found, item.available());
  refusal.message = fmt::format("item {}: {} counted, but holds keep {}", id, found, item.held);
  return refusal;
}

Answer answer(const Outlook& outlook, const msg::CountStock& count, std::int64_t at) {
  const auto item = outlook.item(count.item);
  if (!item) return unknown_item(count.item);
  if (count.version && *count.version != item->version) return version_changed(count.item, item->version);
  const auto place = place_of(count.place);
  const auto delta = count.stock - msg::pieces_at(item->stock, item->places, place);
  if (item->stock + delta < item->held) return less_than_held(count.item, count.stock, *item);
  Move move{delta, msg::all_at(place, delta), true};
  if (item->places || count.place) move.found = count.stock;
  return moved(outlook, count, *item, std::move(move), at);
}

Answer answer(const Outlook& outlook, const msg::Transfer& transfer, std::int64_t at) {
  const auto item = outlook.item(transfer.item);
  if (!item) return unknown_item(transfer.item);
  if (transfer.version && *transfer.version != item->version) return version_changed(transfer.item, item->version);
  const auto from = place_of(transfer.from);
  const auto there = msg::pieces_at(item->stock, item->places, from);
  if (transfer.quantity > there) return too_few_at(from, transfer.item, transfer.quantity, there);
  std::optional<msg::Places> places;
  msg::shift(places, msg::all_at(from, transfer.quantity), -1);
  msg::shift(places, msg::all_at(place_of(transfer.to), transfer.quantity));
  return moved(outlook, transfer, *item, {{}, *places}, at);  // one of the two is not `main`
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

msg::Refusal hold_limit(std::string message) { return {.code = Code::kLimit, .message = std::move(message)}; }

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

// The lines of a hold that ends.
std::vector<msg::HoldLine> ended_lines(const Outlook& outlook, const msg::Hold& hold) {
  auto lines = hold.lines;
  for (auto& line : lines) line.held = outlook.item(line.item)->held - line.quantity;  // items are never removed
  return lines;
}

std::vector<msg::ConfirmLine> all_of(const msg::Hold& hold) {
  std::vector<msg::ConfirmLine> lines;
  for (const auto& line : hold.lines) lines.push_back({line.item, line.quantity});
  return lines;
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
    return hold_limit(fmt::format("hold {} is open for {} at most, until {}: the longest ttl is {} now", hold->no,
                                  base::span_text(msg::kHoldMsMax), base::instant_text(last),
                                  base::span_text(last - at)));
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

Answer answer(const Outlook& outlook, const msg::Grant& grant, std::int64_t at) {
  const auto& credentials = outlook.credentials();
  if (credentials.find(grant.hash)) {
    return msg::Refusal{.code = Code::kLimit, .message = "this token or key has been granted before: make a new one"};
  }
  if (credentials.size() >= msg::kCredentialsMax) {
    return msg::Refusal{
        .code = Code::kLimit,
        .message = fmt::format("there are {} credentials, as many as a store may have", msg::kCredentialsMax)};
  }
  return msg::Event{
      at, msg::CredentialGranted{grant.key, short_digest(grant), grant.hash, grant.role, grant.customer.value_or(""),
                                 grant.label.value_or(""), grant.expires, request_digest(grant)}};
}

Answer answer(const Outlook& outlook, const msg::Revoke& revoke, std::int64_t at) {
  const auto* credential = outlook.credentials().find(revoke.id);
  if (!credential || credential->revoked) {
    return msg::Refusal{.code = Code::kUnknownCredential,
                        .message = credential ? fmt::format("credential {} was revoked before", revoke.id)
                                              : fmt::format("there is no credential {}", revoke.id)};
  }
  return msg::Event{at, msg::CredentialRevoked{revoke.key, short_digest(revoke), revoke.id, request_digest(revoke)}};
}

msg::Refusal subscription_limit(std::string message) { return {.code = Code::kLimit, .message = std::move(message)}; }

Answer answer(const Outlook& outlook, const msg::Subscribe& subscribe, std::int64_t at) {
  const auto& subscriptions = outlook.subscriptions();
  if (subscriptions.find(subscribe.name)) {
    return subscription_limit(fmt::format("there is a subscription {}: end it first", subscribe.name));
  }
  if (subscriptions.all().size() >= msg::kSubscriptionsMax) {
    return subscription_limit(
        fmt::format("there are {} subscriptions, as many as a store may have", msg::kSubscriptionsMax));
  }
  if (subscribe.from && *subscribe.from > outlook.applied().next()) {
    return subscription_limit(fmt::format("from: the stream ends at seq {}", outlook.applied()));
  }
  return msg::Event{
      at, msg::SubscriptionMade{subscribe.key, short_digest(subscribe), subscribe.name, subscribe.from,
                                subscribe.types.value_or(std::vector<std::string>()),
                                subscribe.ttl.value_or(msg::kSubscriptionMsDefault), request_digest(subscribe)}};
}

Answer answer(const Outlook& outlook, const msg::Acknowledge& acknowledge, std::int64_t at) {
  const auto* subscription = outlook.subscriptions().find(acknowledge.name);
  if (!subscription) return unknown_subscription(acknowledge.name);
  if (acknowledge.cursor < subscription->cursor) {
    return subscription_limit(fmt::format("cursor: subscription {} is acknowledged up to seq {}, and never goes back",
                                          acknowledge.name, subscription->cursor));
  }
  if (acknowledge.cursor > outlook.applied()) {
    return subscription_limit(fmt::format("cursor: the stream ends at seq {}", outlook.applied()));
  }
  if (subscription->acknowledged && at < *subscription->acknowledged + msg::kAcknowledgeMsMin) {
    return subscription_limit(
        fmt::format("subscription {} was acknowledged less than {} ms ago: acknowledge more at once", acknowledge.name,
                    msg::kAcknowledgeMsMin));
  }
  return msg::Event{
      at, msg::SubscriptionAcknowledged{acknowledge.key, short_digest(acknowledge), acknowledge.name,
                                        acknowledge.cursor, subscription->cursor, request_digest(acknowledge)}};
}

Answer answer(const Outlook& outlook, const msg::Unsubscribe& unsubscribe, std::int64_t at) {
  if (!outlook.subscriptions().find(unsubscribe.name)) return unknown_subscription(unsubscribe.name);
  return msg::Event{at, msg::SubscriptionEnded{unsubscribe.key, short_digest(unsubscribe), unsubscribe.name,
                                               request_digest(unsubscribe)}};
}

Answer answer(const Outlook&, const msg::Note& note, std::int64_t at) {
  return msg::Event{at, msg::ActNoted{note.key, short_digest(note), note.act, note.subject, {}, request_digest(note)}};
}

// The question itself voids a key that nobody has used, so that the answer stays true (G3).
Answer answer(const Outlook&, const msg::Outcome& outcome, std::int64_t at) {
  return msg::Event{at, msg::KeyVoided{outcome.key}};
}

// An earlier release may have taken what this one refuses as `invalid`. Its answer stays (G3).
bool took_effect(const Outlook& outlook, const Command& command, const KeyRecord& record) {
  return std::holds_alternative<msg::Outcome>(command) ||
         (record.kind != msg::OutcomeKind::kVoid && is_repeat(command, record, outlook.items()));
}

Decision used_before(const Outlook& outlook, const Command& command, const KeyRecord& record) {
  if (std::holds_alternative<msg::Outcome>(command)) return record;
  if (record.kind == msg::OutcomeKind::kVoid) {
    return msg::Refusal{.code = Code::kKeyVoided,
                        .message =
                            "this key is void, and did nothing: its outcome was asked for, or an earlier copy of this "
                            "request was refused and its answer was lost: use a new key"};
  }
  if (!is_repeat(command, record, outlook.items())) {
    return msg::Refusal{.code = Code::kKeyReused, .message = "this key was used for another request: use a new key"};
  }
  return record;
}

std::optional<msg::Event> next_level(const Outlook& outlook, std::int64_t at) {
  if (outlook.levels_due().empty()) return std::nullopt;
  const auto id = *outlook.levels_due().begin();
  const auto item = *outlook.item(id);  // items are never removed
  if (item.is_low()) return msg::Event{at, msg::StockLow{id, item.available(), *item.low}};
  return msg::Event{at, msg::StockOk{id, item.available(), item.low}};
}

}  // namespace

msg::Refusal out_of_stock(base::ItemId id, base::Quantity asked, base::Quantity available) {
  return {.code = Code::kOutOfStock,
          .message = fmt::format("item {}: {} asked for, {} available", id, asked, available),
          .item = id,
          .stock = available};
}

msg::Refusal too_few_at(const std::string& place, base::ItemId id, base::Quantity asked, base::Quantity there) {
  auto refusal = out_of_stock(id, asked, there);
  refusal.message = fmt::format("item {}: {} asked for, {} at {}", id, asked, there, place);
  return refusal;
}

msg::Refusal unknown_item(base::ItemId id) {
  return {.code = Code::kUnknownItem, .message = fmt::format("there is no item {}", id), .item = id};
}

msg::Refusal unknown_order(base::OrderNo no) {
  return {.code = Code::kUnknownOrder, .message = fmt::format("there is no order {}", no)};
}

msg::Refusal unknown_hold(base::HoldNo no) {
  return {.code = Code::kUnknownHold, .message = fmt::format("there is no hold {}", no)};
}

msg::Refusal unknown_subscription(const std::string& name) {
  return {.code = Code::kUnknownSubscription, .message = fmt::format("there is no subscription {}", name)};
}

std::optional<msg::Event> next_end(const Outlook& outlook, std::int64_t at) {
  const auto* hold = outlook.holds().first();
  if (hold && hold->expires <= at) {
    return msg::Event{at, msg::HoldEnded{{}, 0, hold->no, hold->customer, ended_lines(outlook, *hold), {}}};
  }
  const auto* subscription = outlook.subscriptions().first();
  if (!subscription || msg::expires_of(*subscription) > at) return next_level(outlook, at);
  return msg::Event{at, msg::SubscriptionEnded{{}, 0, subscription->name, {}}};
}

Decision decide(const Outlook& outlook, const Command& command, std::int64_t at) {
  const auto record = outlook.key(key_of(command));
  if (auto fault = validate(command)) {
    if (record && took_effect(outlook, command, *record)) return *record;
    return std::move(*fault);
  }
  if (record) return used_before(outlook, command, *record);
  auto answered = std::visit([&](const auto& request) { return answer(outlook, request, at); }, command);
  return std::visit([](auto& either) -> Decision { return std::move(either); }, answered);
}

}  // namespace ledger
