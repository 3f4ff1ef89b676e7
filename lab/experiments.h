// The experiments (a) to (h) of `pygmy lab`. Each makes its requests on the rig and returns its section of the report.
// Tests: tests/process/test_lab.py.
#pragma once

#include "lab/report.h"
#include "lab/rig.h"

namespace lab {

Section measure_tiers(Rig& rig);        // (a)
Section measure_sweep(Rig& rig);        // (b)
Section show_hit_and_miss(Rig& rig);    // (c)
Section measure_consistency(Rig& rig);  // (d)
Section kill_processes(Rig& rig);       // (e)
Section show_spread(Rig& rig);          // (f)
Section shop_at_random(Rig& rig);       // (g)
Section watch_cache(Rig& rig);          // (h)

// Goods of the experiments that only measure: more pieces than they can sell.
constexpr std::size_t kItems = 20;
constexpr std::int64_t kPieces = 10'000'000;

}  // namespace lab
