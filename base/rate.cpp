#include "base/rate.h"

#include <algorithm>
#include <chrono>

namespace base {
namespace {

constexpr Duration kForgetEvery = std::chrono::seconds(1);
const std::string kEverybodyElse;  // no name

std::uint32_t seconds(Duration duration) {
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

}  // namespace

Rate::Rate(std::uint32_t rate, std::uint32_t burst) : rate_(rate), burst_(burst == 0 ? rate : burst) {
  if (rate_ > 0) interval_ = Duration(std::chrono::seconds(1)) / rate_;
}

std::optional<Quota> Rate::ask(const std::string& name, Mono now) {
  if (rate_ == 0) return std::nullopt;
  if (now >= forget_next_) forget_idle(now);
  const bool known = used_up_.size() < kKnownMax || used_up_.count(name) > 0;
  auto& used_up = used_up_[known ? name : kEverybodyElse];
  const auto owed = std::max(used_up, now) - now;
  const auto most = interval_ * burst_;
  if (const auto wait = owed + interval_ - most; wait > Duration{}) {
    return Quota{false, 0, std::max(seconds(wait), 1U), wait};
  }
  used_up = now + owed + interval_;
  return Quota{true, static_cast<std::uint32_t>((most - owed - interval_) / interval_), seconds(owed + interval_)};
}

void Rate::forget_idle(Mono now) {
  forget_next_ = now + kForgetEvery;
  std::erase_if(used_up_, [&](const auto& each) { return each.second <= now; });
}

}  // namespace base
