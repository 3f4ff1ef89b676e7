#include "frontend/allowance.h"

namespace frontend {

bool Allowance::take(base::Seq by, const std::string& client, base::Mono now) {
  if (now >= refilled_ + kRefillEvery) refill(now);
  const Key key(by, {});
  auto& all = used(key, now);
  if (all.times >= kBurst * size_of(key)) return false;
  if (!by && !client.empty()) {
    auto& own = used({by, client}, now);
    if (own.times >= kBurst) return false;
    ++own.times;
  }
  ++all.times;
  return true;
}

// A full second at a time, so that many refills lose no part of one.
void Allowance::refill(base::Mono now) {
  refilled_ = now;
  for (auto at = used_.begin(); at != used_.end();) {
    auto& [key, used] = *at;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - used.since);
    used.times -= seconds.count() * kPerSecond * size_of(key);
    used.since += seconds;
    at = used.times <= 0 ? used_.erase(at) : std::next(at);
  }
}

}  // namespace frontend
