#include "frontend/allowance.h"

namespace frontend {
namespace {

constexpr base::Duration kRefillEvery = std::chrono::seconds(1);

std::int64_t size_of(base::Seq by) { return by ? 1 : Allowance::kShared; }

}  // namespace

bool Allowance::take(base::Seq by, base::Mono now) {
  if (now >= refilled_ + kRefillEvery) refill(now);
  auto& used = used_.try_emplace(by, Used{0, now}).first->second;
  if (used.times >= kBurst * size_of(by)) return false;
  ++used.times;
  return true;
}

// A full second at a time, so that many refills lose no part of one.
void Allowance::refill(base::Mono now) {
  refilled_ = now;
  for (auto at = used_.begin(); at != used_.end();) {
    auto& [by, used] = *at;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - used.since);
    used.times -= seconds.count() * kPerSecond * size_of(by);
    used.since += seconds;
    at = used.times <= 0 ? used_.erase(at) : std::next(at);
  }
}

}  // namespace frontend
