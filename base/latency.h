// LatencyCounts: a histogram of durations. Heartbeats, /metrics and the control room have the same buckets.
//
// Threads: none. Tests: tests/base/latency_test.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/time.h"

namespace base {

// The longest durations of the buckets, ascending, in microseconds. One more bucket counts all longer ones. They are
// part of the protocol, because a heartbeat carries the counts alone.
constexpr std::array<std::uint64_t, 15> kLatencyBoundsUs{100,   250,    500,    1000,   2500,    5000,    10000,  25000,
                                                         50000, 100000, 250000, 500000, 1000000, 2500000, 5000000};

struct LatencyCounts {
  static constexpr std::size_t kBuckets = kLatencyBoundsUs.size() + 1;
  std::array<std::uint64_t, kBuckets> counts{};
  std::uint64_t sum_us = 0;

  void add(Duration duration);  // a negative duration counts as 0
  std::uint64_t count() const;
  // The quantile in microseconds; `part` is of 100. Within a bucket, durations count as evenly spread. A duration in
  // the last bucket counts as its lower bound. 0 if there are no durations.
  std::uint64_t quantile_us(unsigned part) const;

  LatencyCounts& operator+=(const LatencyCounts& more);
  // The durations that were added since `before`. If `before` is not earlier, because the process has restarted, all.
  LatencyCounts since(const LatencyCounts& before) const;
};

}  // namespace base
