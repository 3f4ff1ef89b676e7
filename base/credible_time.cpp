#include "base/credible_time.h"

#include <algorithm>
#include <vector>

namespace base {
namespace {

constexpr WallMs kStepMs = std::chrono::milliseconds(std::chrono::minutes(10)).count();
static_assert(std::chrono::milliseconds(kStepMs) == CredibleTime::kStepMax);

WallMs later(const Now& reading, Mono now) {
  return reading.wall + std::chrono::duration_cast<std::chrono::milliseconds>(now - reading.mono).count();
}

}  // namespace

void CredibleTime::heard(const std::string& instance, WallMs at, Mono now) {
  if (instance == self_ || at < 0 || at > kWallMax) return;
  std::erase_if(others_, [&](const auto& other) { return now - other.second.mono >= kHeardFor; });
  if (others_.size() < kOthersMax || others_.count(instance) != 0) others_[instance] = {now, at};
}

std::optional<WallMs> CredibleTime::of_others(Mono now, WallMs stream) const {
  std::vector<WallMs> times;
  for (const auto& [instance, reading] : others_) {
    const auto time = later(reading, now);
    if (now - reading.mono < kHeardFor && time >= stream - kStepMs) times.push_back(time);
  }
  if (times.empty()) return std::nullopt;
  std::sort(times.begin(), times.end());
  return times[(times.size() - 1) / 2];
}

std::optional<WallMs> CredibleTime::by_monotonic(Mono now, WallMs stream) const {
  if (!believed_) return std::nullopt;
  const auto time = later(*believed_, now);
  return time >= stream - kStepMs ? std::optional(time) : std::nullopt;
}

WallMs CredibleTime::at(Now now, WallMs stream) {
  const auto others = of_others(now.mono, stream);
  const auto expected = compared_ || !others ? by_monotonic(now.mono, stream) : std::nullopt;
  compared_ = compared_ || others;
  const bool continues = expected && now.wall <= *expected + kStepMs;
  const bool confirmed = others && now.wall <= *others + kStepMs;
  if (continues || confirmed || (!expected && !others)) {
    // After a step back the way ahead again is no leap.
    if (!expected || confirmed || now.wall >= *expected - kStepMs) believed_ = now;
    ahead_.reset();
    return now.wall;
  }
  const auto time = expected ? *expected : *others;
  if (!expected) believed_ = Now{now.mono, time};  // the others may fall silent
  ahead_ = std::chrono::milliseconds(now.wall - time);
  return time;
}

}  // namespace base
