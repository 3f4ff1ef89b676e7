#include "lab/tiers.h"

#include <algorithm>

namespace lab {

void Tiers::add(const std::string& tier, const Sum& more) {
  auto& sum = sums_[tier];
  sum.count += more.count;
  sum.us += more.us;
}

void Tiers::add(base::Duration took, const std::vector<msg::Span>& spans) {
  ++count_;
  slowest_ = std::max(slowest_, took);
  add("client", {1, base::micros(took)});
  for (const auto& span : spans) add(span.tier, {1, span.us});
}

void Tiers::add(const Tiers& other) {
  count_ += other.count_;
  slowest_ = std::max(slowest_, other.slowest_);
  for (const auto& [tier, sum] : other.sums_) add(tier, sum);
}

std::uint64_t Tiers::reached(std::string_view tier) const {
  const auto found = sums_.find(tier);
  return found == sums_.end() ? 0 : found->second.count;
}

double Tiers::mean_ms(std::string_view tier) const {
  const auto found = sums_.find(tier);
  if (found == sums_.end()) return 0;
  return static_cast<double>(found->second.us) / static_cast<double>(found->second.count) / 1000;
}

bool was_hit(const std::vector<msg::Span>& spans) {
  return std::none_of(spans.begin(), spans.end(), [](const msg::Span& span) { return span.tier == "catalog"; });
}

std::vector<std::string> tier_columns() {
  std::vector<std::string> columns;
  for (const auto tier : Tiers::kShown) columns.push_back(std::string(tier) + " ms");
  return columns;
}

std::vector<Cell> tier_cells(const Tiers& tiers) {
  std::vector<Cell> cells;
  for (const auto tier : Tiers::kShown) {
    if (tiers.reached(tier) > 0) {
      cells.emplace_back(tiers.mean_ms(tier));
    } else {
      cells.emplace_back(std::string("-"));
    }
  }
  return cells;
}

}  // namespace lab
