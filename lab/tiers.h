// Tiers: the mean time that requests spent in each tier, from the spans of their traces (PROTOCOL 3).
//
// The time of a tier includes that of the tiers behind it: client, frontend, then catalog or order; `commit` and `gate`
// are parts of a write. A request that does not reach a tier does not count in its mean: a hit has no time in
// `catalog`. Threads: none. Tests: tests/lab/tiers_test.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "lab/report.h"
#include "msg/envelope.h"

namespace lab {

class Tiers {
 public:
  static constexpr std::array<std::string_view, 6> kShown{"client", "frontend", "catalog", "order", "commit", "gate"};

  void add(base::Duration took, const std::vector<msg::Span>& spans);
  void add(const Tiers& other);

  std::uint64_t count() const { return count_; }
  std::uint64_t reached(std::string_view tier) const;
  double mean_ms(std::string_view tier = "client") const;  // 0 if no request reached the tier
  double total_ms() const { return mean_ms() * static_cast<double>(count_); }
  double slowest_ms() const { return base::millis(slowest_); }

 private:
  struct Sum {
    std::uint64_t count = 0;
    std::uint64_t us = 0;
  };
  void add(const std::string& tier, const Sum& more);

  std::uint64_t count_ = 0;
  base::Duration slowest_{};
  std::map<std::string, Sum, std::less<>> sums_;
};

// Returns whether a look-up or a search with these spans was answered from the frontend's cache.
bool was_hit(const std::vector<msg::Span>& spans);

// Columns for the means of kShown, and their cells: an empty text for a tier that no request reached.
std::vector<std::string> tier_columns();
std::vector<Cell> tier_cells(const Tiers& tiers);

}  // namespace lab
