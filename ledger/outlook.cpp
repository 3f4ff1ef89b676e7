#include "ledger/outlook.h"

#include <algorithm>

#include "base/check.h"
#include "msg/effects.h"

namespace ledger {
namespace {

template <class State>
const State& or_none(const State* state) {
  static const State none;
  return state ? *state : none;
}

}  // namespace

Outlook::Outlook(const Items& items, FindKey find_key, base::OrderNo last_order, const Credentials* credentials,
                 FindOrder find_order, const Holds* holds)
    : items_(items),
      credentials_(or_none(credentials)),
      committed_holds_(or_none(holds)),
      holds_(committed_holds_),
      find_key_(std::move(find_key)),
      find_order_(std::move(find_order)),
      last_order_(last_order) {}

bool Outlook::must_wait(const Command& command) const {
  if (access_ahead_ > 0) return true;
  if (const auto hold = hold_of(command)) return *hold > committed_holds_.last() && *hold <= holds_.last();
  const auto* cancel = std::get_if<msg::Cancel>(&command);
  if (!cancel) return false;
  const bool is_placed_ahead = cancel->no <= last_order_ && cancel->no.value() + placed_ahead_ > last_order_.value();
  return is_placed_ahead || cancelled_ahead_.contains(cancel->no);
}

std::optional<Outlook::Foreseen> Outlook::item(base::ItemId id) const {
  if (const auto ahead = ahead_.find(id); ahead != ahead_.end()) return ahead->second.foreseen;
  const auto* item = items_.find(id);
  if (!item) return std::nullopt;
  return Foreseen{item->price, item->stock, item->version, msg::held_of(*item), msg::is_retired(*item)};
}

const std::string& Outlook::topic(base::ItemId id) const {
  const auto ahead = ahead_.find(id);
  return ahead != ahead_.end() && ahead->second.topic ? *ahead->second.topic : items_.find(id)->topic;
}

base::ItemId Outlook::next_free_id() const { return std::max(items_.next_free_id(), greatest_ahead_.next()); }

std::optional<base::ItemId> Outlook::free_row(std::uint64_t count) const {
  auto first = items_.least_free_id();
  const auto end = std::min(first.value() + kFreeLooked, msg::kItemIdMax + 1);
  for (auto id = first; id.value() < end; id = id.next()) {
    if (item(id)) {
      first = id.next();
    } else if (id.value() - first.value() + 1 >= count) {
      return first;
    }
  }
  return std::nullopt;
}

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
  holds_.evolve(event, {});
  if (msg::changes_access(event)) ++access_ahead_;
  msg::each_item(event, [&](const msg::ItemEffect& effect) {
    const auto before = item(effect.item).value_or(Foreseen{});
    Ahead& ahead = ahead_[effect.item];
    ahead.foreseen = {effect.price ? *effect.price : before.price,
                      effect.stock ? *effect.stock : before.stock,
                      {},
                      effect.held ? *effect.held : before.held,
                      effect.retired ? *effect.retired : before.retired};
    if (effect.topic) ahead.topic = *effect.topic;
    ++ahead.pending;
    if (effect.is_new) greatest_ahead_ = std::max(greatest_ahead_, effect.item);
  });
  if (const auto placed = msg::new_order_of(event)) {
    last_order_ = placed;
    ++placed_ahead_;
  }
  if (const auto* cancelled = std::get_if<msg::OrderCancelled>(&event.what)) {
    CHECK(cancelled_ahead_.insert(cancelled->no).second, "order={} is cancelled by two pending events", cancelled->no);
  }
  if (auto used = used_key(event, base::Seq())) {
    const bool fresh = keys_.emplace(std::move(used->key), KeyAhead{std::move(used->record), place_}).second;
    CHECK(fresh, "one key, two pending events");
  }
}

void Outlook::committed(const msg::Event& event) {
  if (msg::changes_access(event)) --access_ahead_;
  msg::each_item(event, [&](const msg::ItemEffect& effect) {
    const auto id = effect.item;
    const auto ahead = ahead_.find(id);
    CHECK(ahead != ahead_.end(), "item={} was committed but not decided", id);
    if (--ahead->second.pending > 0) return;
    const auto* item = items_.find(id);
    const auto& foreseen = ahead->second.foreseen;
    CHECK(item && item->price == foreseen.price && item->stock == foreseen.stock &&
              msg::held_of(*item) == foreseen.held && msg::is_retired(*item) == foreseen.retired,
          "item={} stock={} price={} held={} retired={} foreseen", id, foreseen.stock, foreseen.price, foreseen.held,
          foreseen.retired);
    ahead_.erase(ahead);
  });
  if (msg::new_order_of(event)) --placed_ahead_;
  if (const auto* cancelled = std::get_if<msg::OrderCancelled>(&event.what)) cancelled_ahead_.erase(cancelled->no);
  if (const auto* key = msg::key_of(event)) CHECK(keys_.erase(*key) == 1);
}

void Outlook::drop(base::OrderNo last_order) {
  ahead_.clear();
  keys_.clear();
  access_ahead_ = 0;
  placed_ahead_ = 0;
  cancelled_ahead_.clear();
  greatest_ahead_ = {};
  last_order_ = last_order;
  holds_ = committed_holds_;
}

}  // namespace ledger
