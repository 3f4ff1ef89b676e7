// Keys: compares requests with the effects that answers tell of.
#include <algorithm>

#include "history/keys.h"
#include "history/rules.h"
#include "history/shelves.h"

namespace history {
namespace {

// All these pieces are of this place.
bool is_at(const std::optional<std::string>& place, base::Quantity pieces, const std::optional<msg::Places>& told) {
  Shelf shelf;
  add_pieces(shelf, place.value_or(std::string(msg::kMainPlace)), pieces);
  return shelf == shelf_of(told);
}

bool asks_for(const msg::Restock& restock, const msg::StockMoved& moved) {
  return !moved.counted && restock.item == moved.item && restock.delta == moved.delta &&
         restock.reason.value_or("") == moved.reason && is_at(restock.place, restock.delta, moved.places);
}

// A count tells its place even if it found as many pieces as were there.
bool asks_for(const msg::CountStock& count, const msg::StockMoved& moved) {
  const auto place = count.place.value_or(std::string(msg::kMainPlace));
  const auto told = moved.places ? moved.places->front().place : std::string(msg::kMainPlace);
  return moved.counted && count.item == moved.item && count.stock == moved.found.value_or(moved.stock) &&
         count.reason.value_or("") == moved.reason && place == told;
}

bool asks_for(const msg::Transfer& transfer, const msg::StockMoved& moved) {
  Shelf shelf;
  add_pieces(shelf, transfer.from.value_or(std::string(msg::kMainPlace)), -transfer.quantity);
  add_pieces(shelf, transfer.to.value_or(std::string(msg::kMainPlace)), transfer.quantity);
  return !moved.counted && transfer.item == moved.item && moved.delta.value() == 0 &&
         transfer.reason.value_or("") == moved.reason && shelf == shelf_of(moved.places);
}

}  // namespace

// A buyer's order that names no customer has that of its credential (ADR 46).
bool fits(const msg::PlaceOrder& request, const msg::Order& order) {
  const auto customer = request.customer.value_or("");
  const bool is_theirs = customer == order.customer || (order.by && customer.empty());
  if (request.type != order.type || !is_theirs) return false;
  if (request.lines.size() != order.lines.size()) return false;
  for (std::size_t i = 0; i < order.lines.size(); ++i) {
    const auto& asked = request.lines[i];
    const auto& line = order.lines[i];
    if (asked.item != line.item || asked.quantity != line.quantity) return false;
    if (asked.price && *asked.price != line.price) return false;
    if (asked.place && !is_at(asked.place, line.quantity, line.places)) return false;
  }
  return true;
}

bool fits(const msg::Cancel& request, const msg::Cancellation& cancellation) {
  const auto same_line = [](const msg::CancelLine& asked, const msg::OrderLine& line) {
    return asked.item == line.item && asked.quantity == line.quantity;
  };
  const auto& lines = cancellation.lines;
  return request.no == cancellation.no && request.kind == cancellation.kind &&
         request.reason.value_or("") == cancellation.reason &&
         (!request.lines ||
          std::equal(request.lines->begin(), request.lines->end(), lines.begin(), lines.end(), same_line));
}

bool fits(const msg::ConfirmHold& request, const msg::Order& order) {
  const auto same_pieces = [](const msg::ConfirmLine& asked, const msg::OrderLine& line) {
    return asked.item == line.item && asked.quantity == line.quantity;
  };
  const auto& lines = order.lines;
  return order.type == msg::OrderType::kBuy &&
         (!request.lines ||
          std::equal(request.lines->begin(), request.lines->end(), lines.begin(), lines.end(), same_pieces));
}

// A buyer's hold has the customer of its credential, in one spelling (ADR 53).
bool fits(const msg::PlaceHold& request, const msg::Hold& hold) {
  const auto customer = request.customer.value_or("");
  const bool is_theirs =
      customer == hold.customer || (hold.by && (customer.empty() || same_text(customer, hold.customer)));
  const auto same_line = [](const msg::DemandLine& asked, const msg::HoldLine& line) {
    return asked.item == line.item && asked.quantity == line.quantity && asked.price.value_or(line.price) == line.price;
  };
  const auto first_end = hold.at + request.ttl;
  return is_theirs && (hold.version == hold.seq ? hold.expires == first_end : hold.expires >= first_end) &&
         std::equal(request.lines.begin(), request.lines.end(), hold.lines.begin(), hold.lines.end(), same_line);
}

bool same_placed(const msg::Hold& a, const msg::Hold& b) {
  return a.no == b.no && a.seq == b.seq && a.at == b.at && a.key == b.key && a.customer == b.customer &&
         a.lines == b.lines && a.by == b.by;
}

bool same_placed(const msg::Order& a, const msg::Order& b) {
  return a.no == b.no && a.seq == b.seq && a.at == b.at && a.type == b.type && a.key == b.key &&
         a.customer == b.customer && a.lines == b.lines && a.total == b.total && a.by == b.by;
}

bool fits(const Request& request, const msg::Event& event) {
  if (const auto* changed = std::get_if<msg::PriceChanged>(&event.what)) {
    const auto* change = std::get_if<msg::ChangePrice>(&request);
    return change && change->item == changed->item && change->price == changed->price;
  }
  if (const auto* moved = std::get_if<msg::StockMoved>(&event.what)) {
    const auto* restock = std::get_if<msg::Restock>(&request);
    const auto* count = std::get_if<msg::CountStock>(&request);
    const auto* transfer = std::get_if<msg::Transfer>(&request);
    return (restock && asks_for(*restock, *moved)) || (count && asks_for(*count, *moved)) ||
           (transfer && asks_for(*transfer, *moved));
  }
  if (const auto* extended = std::get_if<msg::HoldExtended>(&event.what)) {
    const auto* extend = std::get_if<msg::ExtendHold>(&request);
    return extend && extend->hold == extended->hold;
  }
  if (const auto* ended = std::get_if<msg::HoldEnded>(&event.what)) {
    const auto* release = std::get_if<msg::ReleaseHold>(&request);
    return release && release->hold == ended->hold;
  }
  if (const auto* edited = std::get_if<msg::ItemEdited>(&event.what)) {
    const auto* edit = std::get_if<msg::EditItem>(&request);
    return edit && edit->item == edited->item && edit->title == edited->title && edit->topic == edited->topic &&
           edit->retired == edited->retired && edit->description == edited->description &&
           edit->topics == edited->topics && edit->low == edited->low &&
           edit->attributes.has_value() == edited->attributes.has_value() &&
           (edit->rules ? edited->terms.has_value() : edit->terms == edited->terms);
  }
  const auto* added = std::get_if<msg::ItemsAdded>(&event.what);
  const auto* add = std::get_if<msg::AddItems>(&request);
  return added && add &&
         std::equal(add->items.begin(), add->items.end(), added->items.begin(), added->items.end(),
                    [](const msg::NewItem& wanted, const msg::ItemAdded& item) {
                      return wanted.id.value_or(item.id) == item.id && wanted.title == item.title &&
                             wanted.topic == item.topic && wanted.price == item.price && wanted.stock == item.stock &&
                             wanted.description == item.description && wanted.topics == item.topics &&
                             wanted.attributes == item.attributes;
                    });
}

}  // namespace history
