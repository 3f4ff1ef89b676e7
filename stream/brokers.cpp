#include "stream/brokers.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "msg/codec.h"
#include "msg/identity.h"

namespace stream {

std::optional<base::Endpoint> Brokers::announced(base::BytesView heartbeat, const std::string& store,
                                                 const std::string& host) {
  const auto beat = msg::decode<msg::Heartbeat>(heartbeat);
  if (!beat || beat->role != msg::Role::kBroker || beat->tcp.empty()) return std::nullopt;
  const auto is_it = [&](const base::Endpoint& endpoint) { return endpoint == beat->tcp || endpoint == beat->ipc; };
  const bool foreign = !store.empty() && !beat->store.empty() && beat->store != store;
  if (foreign || std::any_of(known_.begin(), known_.end(), is_it)) return std::nullopt;
  if (known_.size() >= kMax) {
    if (!std::exchange(told_full_, true)) {
      base::log::warn(
          "the broker {} at {} is not followed: {} addresses of brokers are known, which is the most; a restart "
          "forgets those that are gone",
          beat->instance, beat->tcp, kMax);
    }
    return std::nullopt;
  }
  known_.push_back(beat->ipc && beat->host == host ? *beat->ipc : beat->tcp);
  base::log::info("a new broker was announced: {} at {}", beat->instance, known_.back());
  return known_.back();
}

}  // namespace stream
