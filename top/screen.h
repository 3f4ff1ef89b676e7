// The screen of `pygmy top`: lines of text for a View. No line is wider than the terminal, and all texts are shown as
// base/text.h shows them.
//
// In a narrow terminal the table of processes has fewer columns, and in a low one fewer rows; then a line tells how
// many are missing. Threads: none, no I/O. Tests: tests/top/screen_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "top/view.h"

namespace top {

struct Size {
  std::size_t columns = 100;
  std::size_t rows = 0;  // 0: as many as it takes
};

enum class Style : std::uint8_t { kPlain, kTitle, kBad, kQuiet };

struct Line {
  std::string text;
  Style style = Style::kPlain;
  friend bool operator==(const Line&, const Line&) = default;
};

// How the terminal shows the view: nothing of it without keys.
struct Keys {
  Sort sort = Sort::kName;
  bool paused = false;
};

// `keys`: for the last line of a terminal that takes keys; null: there is no such line.
std::vector<Line> screen(const View& view, Size size, const Keys* keys);

}  // namespace top
