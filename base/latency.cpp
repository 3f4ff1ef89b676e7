#include "base/latency.h"

#include <algorithm>
#include <numeric>

namespace base {

void LatencyCounts::add(Duration duration) {
  const auto us = micros(std::max(duration, Duration::zero()));
  const auto bucket = std::lower_bound(kLatencyBoundsUs.begin(), kLatencyBoundsUs.end(), us) - kLatencyBoundsUs.begin();
  ++counts[static_cast<std::size_t>(bucket)];
  sum_us += us;
}

std::uint64_t LatencyCounts::count() const { return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}); }

std::uint64_t LatencyCounts::quantile_us(unsigned part) const {
  const auto wanted = static_cast<double>(count()) * part / 100;
  double passed = 0;
  std::uint64_t low = 0;
  for (std::size_t i = 0; i < kLatencyBoundsUs.size(); ++i) {
    const auto here = static_cast<double>(counts[i]);
    if (here > 0 && passed + here >= wanted) {
      const auto width = static_cast<double>(kLatencyBoundsUs[i] - low);
      return low + static_cast<std::uint64_t>(width * std::max(0.0, wanted - passed) / here);
    }
    passed += here;
    low = kLatencyBoundsUs[i];
  }
  return counts.back() > 0 ? low : 0;
}

LatencyCounts& LatencyCounts::operator+=(const LatencyCounts& more) {
  for (std::size_t i = 0; i < kBuckets; ++i) counts[i] += more.counts[i];
  sum_us += more.sum_us;
  return *this;
}

LatencyCounts LatencyCounts::since(const LatencyCounts& before) const {
  LatencyCounts difference = *this;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (counts[i] < before.counts[i]) return *this;
    difference.counts[i] -= before.counts[i];
  }
  difference.sum_us -= std::min(sum_us, before.sum_us);
  return difference;
}

}  // namespace base
