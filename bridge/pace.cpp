#include "bridge/pace.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace bridge {
namespace {

constexpr base::Duration kForgetEvery = std::chrono::seconds(1);
const std::string kEverybodyElse;  // no name

std::uint32_t seconds(base::Duration duration) {
  return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

}  // namespace

Pace::Pace(std::uint32_t rate, std::uint32_t burst) : rate_(rate), burst_(burst == 0 ? rate : burst) {
  if (rate_ > 0) interval_ = base::Duration(std::chrono::seconds(1)) / rate_;
}

std::optional<Quota> Pace::ask(const std::string& name, base::Mono now) {
  if (rate_ == 0) return std::nullopt;
  if (now >= forget_next_) forget_idle(now);
  const bool known = used_up_.size() < kKnownMax || used_up_.count(name) > 0;
  auto& used_up = used_up_[known ? name : kEverybodyElse];
  const auto owed = std::max(used_up, now) - now;
  const auto most = interval_ * burst_;
  if (owed + interval_ > most) return Quota{false, 0, std::max(seconds(owed + interval_ - most), 1U)};
  used_up = now + owed + interval_;
  return Quota{true, static_cast<std::uint32_t>((most - owed - interval_) / interval_), seconds(owed + interval_)};
}

void Pace::forget_idle(base::Mono now) {
  forget_next_ = now + kForgetEvery;
  std::erase_if(used_up_, [&](const auto& each) { return each.second <= now; });
}

std::string Pace::policy(std::string_view policy) const {
  const auto window = std::max((burst_ + rate_ - 1) / rate_, 1U);
  return fmt::format(R"("{}";q={};w={})", policy, burst_, window);
}

std::string Pace::state(std::string_view policy, const Quota& quota) {
  return fmt::format(R"("{}";r={};t={})", policy, quota.left, quota.wait_s);
}

bool Tally::come(const std::string& name) {
  if (most_ == 0) return true;
  auto& count = counts_[name];
  if (count >= most_) return false;
  ++count;
  return true;
}

void Tally::leave(const std::string& name) {
  const auto found = counts_.find(name);
  if (found != counts_.end() && --found->second == 0) counts_.erase(found);
}

Ticket ticket(const std::shared_ptr<Tally>& tally, const std::string& name) {
  if (!tally->come(name)) return nullptr;
  return {tally.get(), [tally, name](const void*) { tally->leave(name); }};
}

}  // namespace bridge
