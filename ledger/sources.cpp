#include "ledger/sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/unless_empty.h"
#include "ledger/answers.h"
#include "msg/places.h"

namespace ledger {
namespace {

using msg::Code;

// The pieces that all lines of an order ask for of one place.
base::Quantity asked_of(const std::vector<msg::DemandLine>& lines, base::ItemId item, const std::string& place) {
  base::Quantity asked;
  for (const auto& line : lines) asked += line.item == item && line.place == place ? line.quantity : base::Quantity();
  return asked;
}

// The pieces of an item, of which one line after the other takes some.
struct Shelf {
  base::Quantity stock;
  std::optional<msg::Places> places;

  // `place`: where all of them come from; nothing: as the rule says (msg/places.h).
  msg::Places take(base::Quantity quantity, const std::optional<std::string>& place) {
    auto from = place ? msg::all_at(*place, quantity) : msg::taken(quantity, stock, places);
    stock -= quantity;
    msg::shift(places, from, -1);
    return from;
  }
};

}  // namespace

msg::Refusal too_many_portions() {
  return {.code = Code::kLimit,
          .message = fmt::format("the pieces would come from more than {} places in all lines", msg::kPortionsMax)};
}

std::variant<Sources, msg::Refusal> sources_of(const std::vector<msg::DemandLine>& lines,
                                               const std::vector<Demand>& demands) {
  std::map<base::ItemId, Shelf> shelves;
  for (const auto& demand : demands) shelves[demand.item] = {demand.stock, demand.places};
  for (const auto& line : lines) {
    if (!line.place) continue;
    const auto& shelf = shelves[line.item];
    const auto asked = asked_of(lines, line.item, *line.place);
    const auto there = msg::pieces_at(shelf.stock, shelf.places, *line.place);
    if (asked > there) return too_few_at(*line.place, line.item, asked, there);
  }
  Sources sources(lines.size());
  std::size_t portions = 0;
  for (const bool named : {true, false}) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (lines[i].place.has_value() != named) continue;
      auto from = shelves[lines[i].item].take(lines[i].quantity, lines[i].place);
      portions += from.size();
      sources[i] = base::unless_empty(std::move(from));
    }
  }
  if (portions > msg::kPortionsMax) return too_many_portions();
  return sources;
}

bool is_of_main(const std::vector<msg::DemandLine>& lines, const std::vector<Demand>& demands) {
  return std::none_of(demands.begin(), demands.end(), [](const Demand& demand) { return demand.places.has_value(); }) &&
         std::none_of(lines.begin(), lines.end(), [](const msg::DemandLine& line) { return line.place.has_value(); });
}

}  // namespace ledger
