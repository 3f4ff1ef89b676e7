#include "lab/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "tasks/csv.h"

namespace lab {
namespace {

template <class... Handlers>
struct CellHandlers : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
CellHandlers(Handlers...) -> CellHandlers<Handlers...>;

std::vector<std::size_t> widths_of(const Table& table) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    auto width = table.columns[i].size();
    for (const auto& row : table.rows) width = std::max(width, text_of(row.at(i)).size());
    widths.push_back(width);
  }
  return widths;
}

tasks::Json json_of(const Cell& cell) {
  return std::visit([](const auto& value) { return tasks::Json(value); }, cell);
}

tasks::Json json_of(const Table& table) {
  auto rows = tasks::Json::array();
  for (const auto& row : table.rows) {
    auto one = tasks::Json::object();
    for (std::size_t i = 0; i < table.columns.size(); ++i) one[table.columns[i]] = json_of(row.at(i));
    rows.push_back(std::move(one));
  }
  return {{"name", table.name}, {"title", table.title}, {"rows", std::move(rows)}};
}

}  // namespace

std::string text_of(const Cell& cell) {
  return std::visit(CellHandlers{[](const std::string& text) { return text; },
                                 [](std::uint64_t number) { return fmt::format("{}", number); },
                                 [](double number) { return fmt::format("{:.3f}", number); }},
                    cell);
}

bool is_numeric(const Table& table, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [&](const auto& row) { return !std::holds_alternative<std::string>(row.at(column)); });
}

std::string as_text(const Table& table) {
  const auto widths = widths_of(table);
  std::string text = fmt::format("  {}\n", table.title);
  const auto line = [&](auto text_at) {
    std::string out;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      out += is_numeric(table, i) ? fmt::format("  {:>{}}", text_at(i), widths[i])
                                  : fmt::format("  {:<{}}", text_at(i), widths[i]);
    }
    text += out.substr(0, out.find_last_not_of(' ') + 1) + '\n';
  };
  line([&](std::size_t i) { return table.columns[i]; });
  for (const auto& row : table.rows) line([&](std::size_t i) { return text_of(row.at(i)); });
  return text;
}

std::string as_text(const Section& section) {
  auto text = fmt::format("({}) {}\n", section.letter, section.title);
  for (const auto& table : section.tables) text += as_text(table) + '\n';
  for (const auto& check : section.checks)
    text += fmt::format("  {}: {}\n", check.holds ? "holds" : "FAILS", check.what);
  return text;
}

std::string as_csv(const Table& table) {
  const auto line = [](const auto& cells, auto text) {
    std::string out;
    for (const auto& cell : cells) out += (out.empty() ? "" : ",") + tasks::csv_field(text(cell));
    return out + "\n";
  };
  auto csv = line(table.columns, [](const std::string& name) { return name; });
  for (const auto& row : table.rows) csv += line(row, text_of);
  return csv;
}

tasks::Json as_json(const Sections& sections) {
  auto all = tasks::Json::object();
  for (const auto& section : sections) {
    tasks::Json one{{"title", section.title}, {"tables", tasks::Json::array()}, {"checks", tasks::Json::array()}};
    for (const auto& table : section.tables) one["tables"].push_back(json_of(table));
    for (const auto& check : section.checks) one["checks"].push_back({{"what", check.what}, {"holds", check.holds}});
    all[std::string(1, section.letter)] = std::move(one);
  }
  return all;
}

bool all_hold(const Sections& sections) {
  return std::all_of(sections.begin(), sections.end(), [](const Section& section) {
    return std::all_of(section.checks.begin(), section.checks.end(), [](const Check& check) { return check.holds; });
  });
}

}  // namespace lab
