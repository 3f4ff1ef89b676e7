// The plots of a report: a gnuplot script, and the run of gnuplot. gnuplot reads the CSV files of the tables.
//
// Threads: none. Tests: tests/lab/plots_test.cpp.
#pragma once

#include <string>

#include "lab/report.h"

namespace lab {

inline constexpr const char* kScript = "plots.gp";

std::string file_of(const Plot& plot);  // without its ending: NAME.svg and NAME.png are its drawings

// The script draws every plot of the sections as SVG and as PNG.
std::string gnuplot_script(const Sections& sections);

enum class Drawn { kDone, kNoGnuplot, kFailed };
// Runs gnuplot on kScript in `directory`.
Drawn draw(const std::string& directory);

}  // namespace lab
