#include "lab/plots.h"

#include <fmt/format.h>

namespace lab {
namespace {

// In single quotes gnuplot takes every character but the quote as it is.
std::string in_quotes(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string style_of(const Plot& plot) {
  if (plot.kind == Plot::Kind::kLines) return "set style data linespoints\nunset xtics\nset xtics norotate\n";
  return "set style data histogram\nset style fill solid 0.8 border -1\nset boxwidth 0.9\nset xtics rotate by -30\n";
}

std::string command_of(const Plot& plot) {
  std::string command = "plot";
  for (const auto column : plot.columns) {
    const bool first = command == "plot";
    const auto source = first ? in_quotes(plot.table + ".csv") : std::string("''");
    const auto what =
        plot.kind == Plot::Kind::kLines ? fmt::format("1:{}", column + 1) : fmt::format("{}:xtic(1)", column + 1);
    command += fmt::format("{} {} using {} title columnheader({})", first ? "" : ",", source, what, column + 1);
  }
  return command + "\n";
}

std::string drawing_of(const Plot& plot) {
  auto script = fmt::format("set title {}\nset xlabel {}\nset ylabel {}\n", in_quotes(plot.title), in_quotes(plot.x),
                            in_quotes(plot.y));
  script += style_of(plot);
  for (const auto& [terminal, ending] : {std::pair{"svg size 900,480", "svg"}, {"png size 900,480", "png"}}) {
    script +=
        fmt::format("set terminal {} noenhanced\nset output {}\n", terminal, in_quotes(file_of(plot) + "." + ending));
    script += command_of(plot);
  }
  return script;
}

}  // namespace

std::string file_of(const Plot& plot) { return plot.table; }

std::string gnuplot_script(const Sections& sections) {
  std::string script = "set datafile separator comma\nset key outside top\nset grid ytics\nset yrange [0:*]\n";
  for (const auto& section : sections) {
    for (const auto& plot : section.plots) script += drawing_of(plot);
  }
  return script + "set output\n";
}

}  // namespace lab
