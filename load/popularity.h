// Popularity: chooses items as the customers of a shop do. Threads: none. Tests: tests/load/popularity_test.cpp.
#pragma once

#include <cstddef>
#include <vector>

#include "base/random.h"

namespace load {

class Popularity {
 public:
  // In Zipf's law with this exponent, as in YCSB, the first of 1,000 items gets 13 % of all requests.
  static constexpr double kZipfExponent = 0.99;

  // Every one of `items` is as likely; items > 0.
  static Popularity uniform(std::size_t items);
  // Item i (from 0) is 1 / (i + 1)^kZipfExponent as likely as item 0. Costs 8 bytes an item.
  static Popularity zipf(std::size_t items);

  // Chooses an index below the number of items.
  std::size_t choose(base::Random& random) const;

 private:
  explicit Popularity(std::size_t items) : items_(items) {}

  std::size_t items_;
  std::vector<double> up_to_;  // how likely an item up to this one is; empty: all are as likely
};

}  // namespace load
