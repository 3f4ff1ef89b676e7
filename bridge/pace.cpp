#include "bridge/pace.h"

#include <fmt/format.h>

#include <algorithm>

namespace bridge {

std::string Pace::policy(std::string_view policy) const {
  const auto window = std::max((burst() + rate() - 1) / rate(), 1U);
  return fmt::format(R"("{}";q={};w={})", policy, burst(), window);
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
