// Report: the results of the experiments, as text, CSV, JSON and one HTML page. Pure functions.
//
// Threads: none. Tests: tests/lab/report_test.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "tasks/output.h"

namespace lab {

using Cell = std::variant<std::string, std::uint64_t, double>;
std::string text_of(const Cell& cell);  // a double with three decimals

struct Table {
  std::string name;  // of its file, like "a-tiers"
  std::string title;
  std::vector<std::string> columns;
  std::vector<std::vector<Cell>> rows;
};

// Draws columns of a table: the first column is that of the x axis, or names the bars.
struct Plot {
  enum class Kind : std::uint8_t { kLines, kBars };

  std::string table;
  std::string title;
  std::string x, y;  // what the axes show
  Kind kind = Kind::kLines;
  std::vector<std::size_t> columns;  // counted from 0
};

struct Check {
  std::string what;
  bool holds = false;
};

struct Section {
  char letter = 0;
  std::string title;
  std::string text;
  std::vector<Table> tables;
  std::vector<Plot> plots;
  std::vector<Check> checks;
};
using Sections = std::vector<Section>;

bool is_numeric(const Table& table, std::size_t column);  // it has a number in any row, and is aligned so
std::string as_text(const Table& table);
std::string as_text(const Section& section);
std::string as_csv(const Table& table);
tasks::Json as_json(const Sections& sections);
bool all_hold(const Sections& sections);

// `svg`: returns the drawing of a plot, or an empty text if there is none. The page refers to nothing outside itself.
std::string as_html(const Sections& sections, const std::string& head,
                    const std::function<std::string(const Plot&)>& svg);

}  // namespace lab
