#include "frontend/mirror.h"

#include "msg/requests.h"

namespace frontend {
namespace {

constexpr auto kLookup = msg::Lookup::kType;

}  // namespace

std::string cache_key(std::string_view type, std::uint32_t version, base::BytesView body) {
  std::string key;
  key.reserve(type.size() + 2 + body.size());
  key.append(type).append(1, '\0').append(1, static_cast<char>(version)).append(body);
  return key;
}

bool Mirror::Look::take(std::string_view key) {
  kept_ = mirror_.take(key);
  return kept_ != nullptr;
}

Mirror::KeptPtr Mirror::Look::answer(base::Mono now) const {
  const bool may = kept_ && now < until_ && kept_->seq.value() <= mirror_.mark_.load(std::memory_order_acquire);
  return may ? kept_ : nullptr;
}

void Mirror::put(const std::string& key, KeptPtr kept) {
  auto& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  std::swap(shard.kept[key], kept);
}

void Mirror::drop(std::string_view key) {
  auto& shard = shard_of(key);
  KeptPtr dropped;  // freed after the lock
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.kept.find(key);
  if (found == shard.kept.end()) return;
  dropped = std::move(found->second);
  shard.kept.erase(found);
}

Mirror::KeptPtr Mirror::take(std::string_view key) const {
  auto& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.kept.find(key);
  if (found == shard.kept.end()) return nullptr;
  ++(key.substr(0, kLookup.size()) == kLookup ? shard.taken.lookups : shard.taken.searches);
  if (!found->second->taken.load(std::memory_order_relaxed)) {
    found->second->taken.store(true, std::memory_order_relaxed);
  }
  return found->second;
}

Mirror::Taken Mirror::count_taken() {
  Taken all;
  for (auto& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    all.lookups += shard.taken.lookups;
    all.searches += shard.taken.searches;
    shard.taken = {};
  }
  return all;
}

}  // namespace frontend
