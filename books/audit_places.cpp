// StreamAudit: places.
#include <fmt/format.h>

#include <algorithm>

#include "books/audit_stream.h"

namespace books {
namespace {

const msg::Places& list(const std::optional<msg::Places>& places) {
  static const msg::Places kNone;
  return places ? *places : kNone;
}

// Returns whether a list is in its order, with `least` to `most` pieces at each place and in all.
bool is_sane(const msg::Places& places, std::int64_t least, std::int64_t most) {
  std::int64_t sum = 0;
  const std::string* before = nullptr;
  for (const auto& each : places) {
    if (each.place.empty() || each.place == msg::kMainPlace || (before && *before >= each.place)) return false;
    if (each.pieces.value() < least || each.pieces.value() > most) return false;
    before = &each.place;
    sum += each.pieces.value();  // of at most kReadArrayMax
  }
  return sum <= most;
}

bool is_sane(const msg::OrderLine& line) { return is_sane(list(line.places), 1, line.quantity.value()); }

// Pieces of one item by their places. `main` has the empty name, so it is the first one.
using Shelf = std::map<std::string, std::int64_t>;

Shelf shelf_of(base::Quantity pieces, const std::optional<msg::Places>& places) {
  Shelf shelf;
  auto at_main = pieces.value();
  for (const auto& each : list(places)) {
    shelf[each.place] = each.pieces.value();
    at_main -= each.pieces.value();
  }
  if (at_main != 0) shelf[""] = at_main;
  return shelf;
}

// The rule by which pieces are taken when no place is named (ADR 57).
Shelf first_of(const Shelf& shelf, base::Quantity quantity) {
  Shelf taken;
  auto left = quantity.value();
  for (const auto& [place, pieces] : shelf) {
    const auto some = std::min(left, std::max(pieces, std::int64_t{0}));
    if (some > 0) taken[place] = some;
    left -= some;
  }
  return taken;
}

}  // namespace

// A line with pieces of one place alone may have named this place. Lines that name one are served first. It makes no
// difference to the others whether a line named the place that the rule gave it.
void StreamAudit::take_by_rule(const msg::OrderPlaced& placed) {
  const auto has_places = [](const msg::OrderLine& line) { return line.places.has_value(); };
  if (elsewhere_ == 0 && std::none_of(placed.lines.begin(), placed.lines.end(), has_places)) return;
  std::map<base::ItemId, Shelf> shelves;
  for (const bool named : {true, false}) {
    for (const auto& line : placed.lines) {
      const auto found = items_.find(line.item);
      if (found == items_.end() || !is_sane(line)) return;  // other checks tell
      const auto& item = found->second.item;
      const auto parts = shelf_of(line.quantity, line.places);
      if ((parts.size() == 1) != named) continue;
      auto& shelf = shelves.try_emplace(line.item, shelf_of(item.stock, item.places)).first->second;
      if (!named && parts != first_of(shelf, line.quantity)) {
        place_faults_.add(fmt::format("seq {} takes item {} from other places than the rule says", seq_, line.item));
      }
      for (const auto& [place, pieces] : parts) shelf[place] -= pieces;
    }
  }
}

// A confirmation names no place.
void StreamAudit::take_by_rule(const msg::Item& item, const msg::OrderLine& line) {
  if (!is_sane(line) || (!item.places && !line.places)) return;
  if (shelf_of(line.quantity, line.places) == first_of(shelf_of(item.stock, item.places), line.quantity)) return;
  place_faults_.add(fmt::format("seq {} takes item {} from other places than the rule says", seq_, line.item));
}

void StreamAudit::move_places(Entry& entry, const msg::OrderLine& line, int sign) {
  if (!is_sane(line)) {
    return place_faults_.add(fmt::format("seq {} cannot move item {} at these places", seq_, line.item));
  }
  for (const auto& each : list(line.places)) move_place(entry.item, each, sign);
  compare_places(entry.item);
}

// Pieces come in at a place that has some, or that this event opens.
void StreamAudit::move_places(Entry& entry, const msg::StockMoved& moved) {
  const auto& places = list(moved.places);
  if (!is_sane(places, -msg::kStockMax, msg::kStockMax)) {
    return place_faults_.add(fmt::format("seq {} cannot move item {} at these places", seq_, moved.item));
  }
  bool opens = false;
  for (const auto& each : places) {
    const bool is_new = places_.count(each.place) == 0 && each.pieces.value() > 0;
    if (is_new && !moved.opened) {
      place_faults_.add(fmt::format("seq {} brings pieces to '{}', which nobody opened", seq_, each.place));
    }
    opens = opens || is_new;
  }
  if (moved.opened && !opens) place_faults_.add(fmt::format("seq {} opens a place that has pieces, or none", seq_));
  for (const auto& each : places) move_place(entry.item, each, 1);
  compare_places(entry.item);
  if (moved.found) compare_found(entry.item, moved);
}

void StreamAudit::compare_found(const msg::Item& item, const msg::StockMoved& counted) {
  const auto& places = list(counted.places);
  auto there = places.empty() ? item.stock.value() : 0;
  for (const auto& each : list(item.places)) {
    if (places.empty()) there -= each.pieces.value();
    if (!places.empty() && places.front().place == each.place) there = each.pieces.value();
  }
  if (there == counted.found->value()) return;
  place_faults_.add(fmt::format("seq {} says that {} pieces of item {} were found, but it leaves {} at the place", seq_,
                                *counted.found, item.id, there));
}

void StreamAudit::move_place(msg::Item& item, const msg::AtPlace& moved, int sign) {
  ++elsewhere_;
  auto places = item.places.value_or(msg::Places());
  auto at = std::find_if(places.begin(), places.end(), [&](const auto& each) { return each.place >= moved.place; });
  const bool was_there = at != places.end() && at->place == moved.place;
  const auto left = (was_there ? at->pieces.value() : 0) + sign * moved.pieces.value();
  if (left < 0) {
    place_faults_.add(fmt::format("seq {} leaves {} pieces of item {} at '{}'", seq_, left, item.id, moved.place));
  }
  if (left > 0 && was_there) at->pieces = base::Quantity(std::min(left, msg::kStockMax));
  if (left > 0 && !was_there) {
    places.insert(at, {moved.place, base::Quantity(std::min(left, msg::kStockMax))});
    ++places_[moved.place];
  }
  if (left <= 0 && was_there) {
    places.erase(at);
    if (--places_[moved.place] == 0) places_.erase(moved.place);
  }
  item.places.reset();
  if (!places.empty()) item.places = std::move(places);
}

void StreamAudit::compare_places(const msg::Item& item) {
  std::int64_t sum = 0;
  for (const auto& each : list(item.places)) sum += each.pieces.value();
  if (sum > std::max(item.stock.value(), std::int64_t{0})) {  // `stock` judges the sum
    place_faults_.add(fmt::format("seq {} leaves {} pieces of item {}, and {} of them at places other than {}", seq_,
                                  item.stock, item.id, sum, msg::kMainPlace));
  }
  if (list(item.places).size() > msg::kPlacesMax) {
    place_faults_.add(fmt::format("seq {} leaves item {} at {} places", seq_, item.id, item.places->size()));
  }
}

void StreamAudit::keep_sources(base::OrderNo no, const msg::OrderLine& line) {
  if (!is_sane(line)) return;
  for (const auto& each : list(line.places)) rows_->add_pieces_from(no, line.item, each.place, each.pieces);
}

// `left`: the pieces of the item that remained of the order.
void StreamAudit::take_back_from(const msg::OrderCancelled& cancelled, const msg::OrderLine& line,
                                 base::Quantity left) {
  if (!is_sane(line)) {
    return place_faults_.add(fmt::format("seq {} cannot take item {} back to these places", seq_, line.item));
  }
  auto given = shelf_of(left, {});
  for (const auto& [place, pieces] : rows_->pieces_by_place(cancelled.no, line.item)) {
    given[place] = pieces.value();
    given[""] -= pieces.value();
  }
  bool is_too_much = false;
  const auto back = shelf_of(line.quantity, line.places);
  for (const auto& [place, pieces] : back) {
    if (pieces <= given[place]) continue;
    is_too_much = true;
    const auto name = place.empty() ? std::string(msg::kMainPlace) : fmt::format("'{}'", place);
    place_faults_.add(fmt::format("seq {} takes {} pieces of item {} of order {} back to {}, which had given {}", seq_,
                                  pieces, line.item, cancelled.no, name, given[place]));
  }
  if (!is_too_much && back != first_of(given, line.quantity)) {
    place_faults_.add(fmt::format("seq {} takes item {} of order {} back to other places than the rule says", seq_,
                                  line.item, cancelled.no));
  }
  for (const auto& each : list(line.places)) {
    rows_->add_pieces_from(cancelled.no, line.item, each.place, -each.pieces);
  }
}

}  // namespace books
