// Reference: the places of the pieces, and the rule by which they are taken.
#include <algorithm>

#include "tests/sim/reference.h"

namespace sim {

Shelf shelf_of(const msg::Item& item) { return parts_of(item.stock, item.places); }

Shelf parts_of(base::Quantity quantity, const std::optional<msg::Places>& places) {
  Shelf parts;
  auto main = quantity.value();
  for (const auto& [place, pieces] : places.value_or(msg::Places())) {
    parts[place] += pieces.value();
    main -= pieces.value();
  }
  if (main != 0) parts[""] = main;
  return parts;
}

Shelf taken_of(const Shelf& shelf, base::Quantity quantity) {
  Shelf taken;
  auto left = quantity.value();
  for (const auto& [place, pieces] : shelf) {
    if (const auto some = std::min(left, pieces); some > 0) taken[place] = some;
    left -= std::min(left, pieces);
  }
  return taken;
}

bool Reference::is_place(const std::string& place, Prefix prefix) const {
  return std::any_of(items_.begin(), items_.end(), [&](const auto& entry) {
    const auto* item = entry.second.at(prefix);
    return item && shelf_of(*item).count(place) > 0;
  });
}

namespace {

std::optional<msg::Places> listed(const Shelf& shelf) {
  std::optional<msg::Places> places;
  for (const auto& [place, pieces] : shelf) {
    if (place.empty() || pieces == 0) continue;
    if (!places) places.emplace();
    places->push_back({place, base::Quantity(pieces)});
  }
  return places;
}

}  // namespace

// The stock has moved before.
void Reference::place_moves(base::ItemId id, const std::optional<msg::Places>& places, std::int64_t sign,
                            msg::Movement& row, base::Seq seq) {
  auto* item = change(id, seq);
  if (!item) return;
  auto shelf = parts_of({}, item->places);
  auto moved = parts_of({}, row.places);
  for (const auto& [place, pieces] : places.value_or(msg::Places())) {
    if (place.empty() || place == "main") broken(seq, "lists a place without a name, or main");
    shelf[place] += sign * pieces.value();
    moved[place] += sign * pieces.value();
    if (shelf[place] < 0) broken(seq, fmt::format("item {} has {} pieces at {}", id, shelf[place], place));
  }
  item->places = listed(shelf);
  row.places = listed(moved);
  if (const auto now = shelf_of(*item); now.count("") > 0 && now.at("") < 0) {
    broken(seq, fmt::format("item {} has {} pieces at main", id, now.at("")));
  }
}

// Pieces that somebody brings come to a place that is known, or that the event opens.
void Reference::opens(const msg::StockMoved& moved, base::Seq seq) {
  bool opens = false;
  for (const auto& [place, pieces] : moved.places.value_or(msg::Places())) {
    opens = opens || (pieces.value() > 0 && !is_place(place, Prefix(seq.value() - 1)));
  }
  if (opens) world_.count("stream: stock_moved, a place is opened");
  if (opens != moved.opened.value_or(false)) broken(seq, "a place was opened by nobody, or again");
}

// Pieces of no named place are taken from main first, and then from the others by their names.
void Reference::by_rule(const Shelf& from, const msg::OrderLine& line, base::Seq seq) {
  if (parts_of(line.quantity, line.places) != taken_of(from, line.quantity)) {
    broken(seq, fmt::format("pieces of item {} are of other places than by the rule", line.item));
  }
}

}  // namespace sim
