// Histogram: counts latencies in little memory and with a known error.
//
// The buckets are log-linear, as in an HdrHistogram: each value below 256 has its own, and above that each power of two
// has 128 buckets of equal width. A quantile is the middle of its bucket, so it is off by at most 1/256 (0.4 %).
// Histograms of several processes are added up without a further error.
// Bounds: 58 kB, any 64-bit value, no allocation after construction. Threads: none.
// Tests: tests/load/histogram_test.cpp.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace load {

class Histogram {
 public:
  // A value of a bucket, and how many values the bucket has.
  using Row = std::pair<std::uint64_t, std::uint64_t>;

  Histogram();
  void add(std::uint64_t value, std::uint64_t times = 1);
  void add(const Histogram& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }  // exact; 0 if there are no values
  double mean() const;                        // exact; 0 if there are no values

  // The least value such that part/whole of all values are not greater: quantile(99, 100), quantile(999, 1000). 0 if
  // there are no values. 0 < part <= whole <= 1,000,000.
  std::uint64_t quantile(std::uint64_t part, std::uint64_t whole) const;

  // The buckets that are not empty. of(rows(), sum()) has the same quantiles, maximum and mean.
  std::vector<Row> rows() const;
  std::uint64_t sum() const { return sum_; }
  static Histogram of(const std::vector<Row>& rows, std::uint64_t sum);

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace load
