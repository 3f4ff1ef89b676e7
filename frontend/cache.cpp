#include "frontend/cache.h"

#include <algorithm>

namespace frontend {

void TouchLog::add(base::Seq seq, base::ItemId item) {
  touches_.push_back({seq, item});
  if (touches_.size() > kTouches) {
    touches_.pop_front();
    ++begin_;
  }
}

void TouchLog::touch_all() {
  begin_ = end() + 1;
  touches_.clear();
}

bool TouchLog::touched(std::uint64_t from, std::uint64_t to, base::Seq seq, const std::vector<base::ItemId>& items,
                       bool open_ended) const {
  if (from < begin_) return true;
  for (auto i = from; i < to; ++i) {
    const auto& touch = touches_[static_cast<std::size_t>(i - begin_)];
    if (touch.seq <= seq) continue;
    if (touch.item == kListed ? open_ended : std::binary_search(items.begin(), items.end(), touch.item)) return true;
  }
  return false;
}

void Cache::clear() {
  while (!used_.empty()) drop(used_.begin());
}

std::size_t Cache::cost(const Node& node) {
  constexpr std::size_t kOverhead = 256;  // of an entry in the three indexes, roughly
  constexpr std::size_t kPerItem = 96;
  const auto copies = node.mirrored ? 2U : 1U;
  return kOverhead + copies * (node.key.size() + node.entry.body.size()) + kPerItem * node.entry.items.size();
}

const CacheEntry* Cache::find(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  used_.splice(used_.begin(), used_, found->second);
  return &found->second->entry;
}

void Cache::put(std::string key, CacheEntry entry) {
  if (const auto found = by_key_.find(key); found != by_key_.end()) drop(found->second);
  Node node{std::move(key), std::move(entry), nullptr};
  if (mirror_) node.mirrored = std::make_shared<Mirror::Kept>(node.entry.body, node.entry.seq);
  if (cost(node) > bytes_max_) return;
  used_.push_front(std::move(node));
  const Place place = used_.begin();
  if (mirror_) mirror_->put(place->key, place->mirrored);
  bytes_ += cost(*place);
  by_key_.emplace(place->key, place);
  for (const auto item : place->entry.items) by_item_[item].insert(place);
  if (place->entry.open_ended) open_ended_.insert(place);
  make_room();
}

// Drops the entries that were used least recently. Other threads only mark what they take.
void Cache::make_room() {
  while (is_over_full()) {
    const auto last = std::prev(used_.end());
    if (last->mirrored && last->mirrored->taken.exchange(false, std::memory_order_relaxed)) {
      used_.splice(used_.begin(), used_, last);
    } else {
      ++evicted_;
      drop(last);
    }
  }
}

bool Cache::is_over_full() const { return bytes_ > bytes_max_ || (entries_max_ > 0 && by_key_.size() > entries_max_); }

void Cache::touch(base::ItemId item) {
  for (auto found = by_item_.find(item); found != by_item_.end(); found = by_item_.find(item)) {
    ++invalidated_;
    drop(*found->second.begin());
  }
}

void Cache::touch_open_ended() {
  while (!open_ended_.empty()) {
    ++invalidated_;
    drop(*open_ended_.begin());
  }
}

void Cache::drop(Place place) {
  bytes_ -= cost(*place);
  if (mirror_) mirror_->drop(place->key);
  by_key_.erase(place->key);
  for (const auto item : place->entry.items) {
    const auto found = by_item_.find(item);
    if (found == by_item_.end()) continue;
    found->second.erase(place);
    if (found->second.empty()) by_item_.erase(found);
  }
  open_ended_.erase(place);
  used_.erase(place);
}

}  // namespace frontend
