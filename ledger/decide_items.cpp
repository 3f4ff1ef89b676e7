// Decisions about the catalogue, the stock and its places.
#include "ledger/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/unless_empty.h"
#include "ledger/decide.h"
#include "msg/places.h"
#include "msg/well_formed.h"

namespace ledger {
namespace {

using msg::Code;

// `opens`: the request opens the place, but brings no pieces to it.
msg::Refusal unknown_place(base::ItemId id, const std::string& place, bool opens) {
  const auto* why = opens ? "the first pieces that come in open a place"
                          : "is it a typing error? If it is a new place, say so (--open; over HTTP \"opens\":true)";
  return {
      .code = Code::kUnknownPlace, .message = fmt::format("no item has pieces at '{}': {}", place, why), .item = id};
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

msg::Refusal less_than_taken(base::ItemId id, base::Quantity taken, const std::string& place, base::Quantity there,
                             const Outlook::Foreseen& item) {
  auto refusal = out_of_stock(id, taken, std::min(item.available(), there));
  const auto where = item.places || place != msg::kMainPlace ? "at " + place : std::string("there");
  refusal.message = fmt::format("item {}: {} cannot be taken out of stock, {} are {}", id, taken, there, where);
  if (item.held.value() > 0) refusal.message += fmt::format(", and holds keep {} of them", item.held);
  return refusal;
}

std::string place_of(const std::optional<std::string>& place) { return place.value_or(std::string(msg::kMainPlace)); }

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
    const bool opens = request.opens.value_or(false);
    if (each.pieces.value() == 0 || !opens) return unknown_place(request.item, each.place, opens);
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

msg::Refusal less_than_held(base::ItemId id, base::Quantity found, const Outlook::Foreseen& item) {
  auto refusal = out_of_stock(id, item.stock - found, item.available());
  refusal.message = fmt::format("item {}: {} counted, but holds keep {}", id, found, item.held);
  return refusal;
}

}  // namespace

msg::Refusal stock_limit(base::ItemId id) {
  return {
      .code = Code::kLimit, .message = fmt::format("item {}: the stock would pass {}", id, msg::kStockMax), .item = id};
}

msg::Refusal too_many_places(base::ItemId id) {
  return {.code = Code::kLimit,
          .message = fmt::format("item {} would have pieces at more than {} places besides {}", id, msg::kPlacesMax,
                                 msg::kMainPlace),
          .item = id};
}

bool is_full_with(std::optional<msg::Places> places, const msg::Places& more) {
  msg::shift(places, more);
  return places && places->size() > msg::kPlacesMax;
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

Answer answer(const Outlook& outlook, const msg::Restock& restock, std::int64_t at) {
  const auto item = outlook.item(restock.item);
  if (!item) return unknown_item(restock.item);
  if (restock.version && *restock.version != item->version) return version_changed(restock.item, item->version);
  const auto place = place_of(restock.place);
  const auto there = msg::pieces_at(item->stock, item->places, place);
  if (-restock.delta > std::min(item->available(), there)) {
    return less_than_taken(restock.item, -restock.delta, place, there, *item);
  }
  return moved(outlook, restock, *item, {restock.delta, msg::all_at(place, restock.delta)}, at);
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

}  // namespace ledger
