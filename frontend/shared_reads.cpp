#include "frontend/shared_reads.h"

#include <utility>

#include "msg/effects.h"

namespace frontend {

bool SharedReads::join(const std::string& key, std::uint64_t id) {
  const auto [flight, leads] = flights_.try_emplace(key, Flight{id, touches_.end(), {}});
  if (!leads) flight->second.waiters.push_back({id, touches_.end()});
  return leads;
}

SharedReads::Landing SharedReads::land(const std::string& key, std::optional<CacheEntry> entry, bool keep) {
  const auto flight = flights_.extract(key);
  if (!flight) return {};
  const auto holds_until = [&](std::uint64_t position) {
    const auto from = flight.mapped().touches;
    return entry && !touches_.touched(from, position, entry->seq, entry->items, entry->open_ended);
  };
  Landing landing;
  for (const auto& waiter : flight.mapped().waiters) {
    (holds_until(waiter.touches) ? landing.served : landing.again).push_back(waiter.id);
  }
  const bool holds = holds_until(touches_.end());
  landing.overtaken = entry && !holds;
  if (keep && holds) cache_.put(key, std::move(*entry));
  return landing;
}

SharedReads::Ids SharedReads::abandon(const std::string& key, std::uint64_t id) {
  const auto found = flights_.find(key);
  if (found == flights_.end() || found->second.leader != id) return {};
  Ids waiting;
  for (const auto& waiter : found->second.waiters) waiting.push_back(waiter.id);
  flights_.erase(found);
  return waiting;
}

void SharedReads::apply(base::Seq seq, const msg::Event& event) {
  bool relists = static_cast<bool>(msg::level_of(event));  // of searches for items that are low
  msg::each_item(event, [&](const msg::ItemEffect& effect) {
    relists = relists || effect.relists;
    if (effect.is_new) return;
    cache_.touch(effect.item);
    touches_.add(seq, effect.item);
  });
  if (!relists) return;
  cache_.touch_open_ended();
  touches_.add(seq, TouchLog::kListed);
}

void SharedReads::clear() {
  cache_.clear();
  touches_.touch_all();
}

}  // namespace frontend
