// The tables of experiment b from its measurements. Pure functions.
// Threads: none. Tests: tests/lab/sweep_test.cpp.
#pragma once

#include <vector>

#include "lab/published.h"
#include "lab/tiers.h"

namespace lab {

struct SweepArm {  // what was measured with the cache, or without it
  Tiers lookups, buys;

  double mean_ms() const;  // of all its requests
};
struct SweepPoint {
  double p = 0;
  SweepArm on, off;
};

Table sweep_table(const std::vector<SweepPoint>& points);
Figures sweep_figures(const std::vector<SweepPoint>& points);

}  // namespace lab
