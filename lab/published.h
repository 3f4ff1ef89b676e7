// The figures that the labs published, and a table that puts ours beside them. Pure functions.
//
// The labs measured other programs on other machines, so only the order of magnitude of a ratio means something. Where
// a lab did not write with which setting it measured, the row has the likelier one. Threads: none. Tests:
// tests/lab/published_test.cpp.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "lab/report.h"

namespace lab {

// Milliseconds by the name of the figure, as kPublished has it. A figure that was not measured is left out.
using Figures = std::map<std::string, double, std::less<>>;

// Has a row for each published figure of the experiment that `ours` holds.
Table beside_published(char letter, const Figures& ours);

}  // namespace lab
