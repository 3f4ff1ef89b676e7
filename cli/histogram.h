// Histogram: how often each latency was seen, in little memory and with a known error.
//
// Log-linear: values below 128 are counted one by one; above, each power of two has 64 buckets of equal width, so that
// a value is told from one that is 1/64 away. A quantile is given as the middle of its bucket: at most 1/128 (0.8 %)
// off. Bounds: 30 kB, any 64-bit value, no allocation after construction. Threads: none. Tests:
// tests/cli/histogram_test.cpp.
#pragma once

#include <cstdint>
#include <vector>

namespace cli {

class Histogram {
 public:
  Histogram();
  void add(std::uint64_t value);

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }  // exact; 0 if there is nothing

  // The least value that `part` of `whole` of all values do not pass: quantile(99, 100), quantile(999, 1000). 0 if
  // there is nothing. 0 < part <= whole <= 1,000,000.
  std::uint64_t quantile(std::uint64_t part, std::uint64_t whole) const;

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace cli
