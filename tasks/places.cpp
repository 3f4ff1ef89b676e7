#include "tasks/places.h"

#include <fmt/format.h>

#include "msg/places.h"
#include "tasks/cells.h"
#include "tasks/money.h"

namespace tasks {
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
    cell += fmt::format("{}{}={}", cell.empty() ? "" : ";", escaped(each.place, ";="), each.pieces);
  }
  return cell;
}

base::Result<std::optional<msg::Places>> read_places(std::string_view cell) {
  std::optional<msg::Places> places;
  if (cell.empty()) return places;
  char end = ';';
  while (end == ';') {
    const auto place = take_until(cell, "=;", end);
    const bool has_number = end == '=';
    const auto number = has_number ? take_until(cell, "=;", end) : std::string();
    const auto pieces = end == '=' ? std::nullopt : parse_number(number);
    if (!pieces || *pieces == 0 || *pieces > static_cast<std::uint64_t>(msg::kStockMax)) {
      return base::fail(fmt::format("'{}{}{}' is not PLACE=PIECES with 1 to {} pieces", place, has_number ? "=" : "",
                                    number, msg::kStockMax));
    }
    if (msg::pieces_at({}, places, place).value() != 0) return base::fail(fmt::format("'{}' comes twice", place));
    msg::shift(places, {{place, base::Quantity(static_cast<std::int64_t>(*pieces))}});
  }
  return places;
}

}  // namespace tasks
