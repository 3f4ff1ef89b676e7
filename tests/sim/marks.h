// Marks: the faults and rare paths without which some hundred seeds prove nothing (TRAPS 23).
//
// Each is the name of a count of the World: what the simulator did or saw, or, with the role in front, a counter of the
// product's own heartbeats ("broker.refused_fenced"). Tests: tests/sim/marks_test.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/world.h"

namespace sim {

struct Mark {
  std::string_view count;
  std::string_view what;
};

const std::vector<Mark>& faults();
const std::vector<Mark>& rare_paths();

// Those that did not occur; empty if all did.
std::string never_met(const World::Counts& counts);

}  // namespace sim
