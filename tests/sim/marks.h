// Marks: faults and rare paths. Some hundred seeds prove nothing unless these have occurred (TRAPS 23).
//
// Each mark is the name of a count of the World. The simulator counts its own acts and findings there, and the counters
// of the product's heartbeats with the role in front ("broker.refused_fenced"). Tests: tests/sim/marks_test.cpp.
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

// Names the marks that have not occurred; empty if all have.
std::string never_met(const World::Counts& counts);

}  // namespace sim
