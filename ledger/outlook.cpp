#include "ledger/outlook.h"

#include <algorithm>

#include "base/check.h"

namespace ledger {
namespace {

// Calls visit(id, price, stock) for each mention of an item by the event; `price` and `stock` are null where it does
// not change them.
template <class Visit>
void each_mention(const msg::Event& event, Visit visit) {
  if (const auto* placed = std::get_if<msg::OrderPlaced>(&event.what)) {
    for (const auto& line : placed->lines) visit(line.item, &line.price, &line.stock);
  } else if (const auto* moved = std::get_if<msg::StockMoved>(&event.what)) {
    visit(moved->item, nullptr, &moved->stock);
  } else if (const auto* changed = std::get_if<msg::PriceChanged>(&event.what)) {
    visit(changed->item, &changed->price, nullptr);
  } else if (const auto* added = std::get_if<msg::ItemsAdded>(&event.what)) {
    for (const auto& item : added->items) visit(item.id, &item.price, &item.stock);
  }
}

}  // namespace

Outlook::Outlook(const Items& items, FindKey find_key, base::OrderNo last_order)
    : items_(items), find_key_(std::move(find_key)), last_order_(last_order) {}

std::optional<Outlook::Foreseen> Outlook::item(base::ItemId id) const {
  if (const auto ahead = ahead_.find(id); ahead != ahead_.end()) return ahead->second.foreseen;
  const auto* item = items_.find(id);
  if (!item) return std::nullopt;
  return Foreseen{item->price, item->stock};
}

base::ItemId Outlook::next_free_id() const { return std::max(items_.next_free_id(), greatest_ahead_.next()); }

std::optional<KeyRecord> Outlook::key(const std::string& key) const {
  if (const auto ahead = keys_.find(key); ahead != keys_.end()) return ahead->second.record;
  return find_key_(key);
}

std::optional<std::uint64_t> Outlook::place_of(const std::string& key) const {
  const auto ahead = keys_.find(key);
  return ahead == keys_.end() ? std::nullopt : std::optional(ahead->second.place);
}

void Outlook::decided(const msg::Event& event) {
  ++place_;
  each_mention(event, [&](base::ItemId id, const base::Cents* price, const base::Quantity* stock) {
    const auto before = item(id).value_or(Foreseen{});
    Ahead& ahead = ahead_[id];
    ahead.foreseen = {price ? *price : before.price, stock ? *stock : before.stock};
    ++ahead.pending;
  });
  if (const auto* added = std::get_if<msg::ItemsAdded>(&event.what)) {
    for (const auto& item : added->items) greatest_ahead_ = std::max(greatest_ahead_, item.id);
  }
  if (const auto* placed = std::get_if<msg::OrderPlaced>(&event.what)) last_order_ = placed->no;
  if (auto used = used_key(event, base::Seq())) {
    const bool fresh = keys_.emplace(std::move(used->key), KeyAhead{used->record, place_}).second;
    CHECK(fresh, "one key, two pending events");
  }
}

void Outlook::committed(const msg::Event& event) {
  each_mention(event, [&](base::ItemId id, const base::Cents*, const base::Quantity*) {
    const auto ahead = ahead_.find(id);
    CHECK(ahead != ahead_.end(), "item={} was committed but not decided", id);
    if (--ahead->second.pending > 0) return;
    const auto* item = items_.find(id);
    CHECK(item && item->price == ahead->second.foreseen.price && item->stock == ahead->second.foreseen.stock,
          "item={} stock={} price={} foreseen", id, ahead->second.foreseen.stock, ahead->second.foreseen.price);
    ahead_.erase(ahead);
  });
  if (const auto used = used_key(event, base::Seq())) CHECK(keys_.erase(used->key) == 1);
}

void Outlook::drop(base::OrderNo last_order) {
  ahead_.clear();
  keys_.clear();
  greatest_ahead_ = {};
  last_order_ = last_order;
}

}  // namespace ledger
