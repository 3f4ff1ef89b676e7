// Histogram: counts latencies in little memory and with a known error.
//
// The buckets are log-linear: each value below 128 has its own, and above that each power of two has 64 buckets of
// equal width. A quantile is the middle of its bucket, so it is off by at most 1/128 (0.8 %).
// Bounds: 30 kB, any 64-bit value, no allocation after construction. Threads: none.
// Tests: tests/tasks/histogram_test.cpp.
#pragma once

#include <cstdint>
#include <vector>

namespace tasks {

class Histogram {
 public:
  Histogram();
  void add(std::uint64_t value);

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }  // exact; 0 if there are no values

  // The least value such that part/whole of all values are not greater: quantile(99, 100), quantile(999, 1000). 0 if
  // there are no values. 0 < part <= whole <= 1,000,000.
  std::uint64_t quantile(std::uint64_t part, std::uint64_t whole) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace tasks
