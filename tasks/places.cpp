#include "tasks/places.h"

#include <fmt/format.h>

#include <vector>

#include "msg/places.h"
#include "tasks/money.h"

namespace tasks {
namespace {

// The entries of a cell, without the backslashes that protect a character.
std::vector<std::string> entries_of(std::string_view cell) {
  std::vector<std::string> entries(1);
  for (std::size_t i = 0; i < cell.size(); ++i) {
    if (cell[i] == '\\' && i + 1 < cell.size()) {
      entries.back() += cell[++i];
    } else if (cell[i] == ';') {
      entries.emplace_back();
    } else {
      entries.back() += cell[i];
    }
  }
  return entries;
}

}  // namespace

std::string text_of(base::Quantity stock, const std::optional<msg::Places>& places) {
  if (!places) return {};
  auto text = fmt::format("{} at {}", msg::pieces_at(stock, places, msg::kMainPlace), msg::kMainPlace);
  for (const auto& each : *places) text += fmt::format(", {} at {}", each.pieces, each.place);
  return text;
}

std::string changes_of(const msg::Places& places) {
  std::string text;
  for (const auto& each : places) {
    text += fmt::format("{}{:+} at {}", text.empty() ? "" : ", ", each.pieces.value(), each.place);
  }
  return text;
}

std::string places_cell(const std::optional<msg::Places>& places) {
  std::string cell;
  if (!places) return cell;
  for (const auto& each : *places) {
    if (!cell.empty()) cell += ';';
    for (const char c : each.place) {
      if (c == ';' || c == '\\') cell += '\\';
      cell += c;
    }
    cell += fmt::format("={}", each.pieces);
  }
  return cell;
}

base::Result<std::optional<msg::Places>> read_places(std::string_view cell) {
  std::optional<msg::Places> places;
  if (cell.empty()) return places;
  for (const auto& entry : entries_of(cell)) {
    const auto equals = entry.rfind('=');
    const auto pieces =
        equals == std::string::npos ? std::nullopt : parse_number(std::string_view(entry).substr(equals + 1));
    if (!pieces || *pieces == 0 || *pieces > static_cast<std::uint64_t>(msg::kStockMax)) {
      return base::fail(fmt::format("'{}' is not PLACE=PIECES with 1 to {} pieces", entry, msg::kStockMax));
    }
    const auto place = entry.substr(0, equals);
    if (msg::pieces_at({}, places, place).value() != 0) return base::fail(fmt::format("'{}' comes twice", place));
    msg::shift(places, {{place, base::Quantity(static_cast<std::int64_t>(*pieces))}});
  }
  return places;
}

}  // namespace tasks
