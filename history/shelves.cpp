#include "history/shelves.h"

#include <algorithm>

namespace history {
namespace {

base::Quantity sum_of(const Shelf& shelf) {
  base::Quantity sum;
  for (const auto& [place, pieces] : shelf) sum += pieces;
  return sum;
}

base::Quantity pieces_in(const Shelf& shelf, base::Quantity stock, const std::string& place) {
  if (place == msg::kMainPlace) return stock - sum_of(shelf);
  const auto found = shelf.find(place);
  return found == shelf.end() ? base::Quantity() : found->second;
}

}  // namespace

void add_pieces(Shelf& shelf, const std::string& place, base::Quantity pieces) {
  if (place == msg::kMainPlace) return;
  const auto entry = shelf.try_emplace(place).first;
  entry->second += pieces;
  if (entry->second.value() == 0) shelf.erase(entry);
}

Shelf by_rule(base::Quantity quantity, base::Quantity main, const Shelf& shelf) {
  Shelf from;
  auto left = quantity - std::min(quantity, main);
  for (const auto& [place, pieces] : shelf) {
    if (left.value() == 0) break;
    from[place] = std::min(left, pieces);
    left -= from[place];
  }
  return from;
}

Shelf shelf_of(const std::optional<msg::Places>& places) {
  Shelf shelf;
  if (!places) return shelf;
  for (const auto& each : *places) shelf[each.place] = each.pieces;
  return shelf;
}

ShelfNo Shelves::number(const Shelf& shelf) {
  if (shelf.empty()) return kAllAtMain;
  const auto [entry, is_new] = numbers_.emplace(shelf, static_cast<ShelfNo>(shelves_.size() + 1));
  if (is_new) shelves_.push_back(&entry->first);
  return entry->second;
}

ShelfNo Shelves::number(const std::optional<msg::Places>& places) {
  return places ? number(shelf_of(places)) : kAllAtMain;
}

const Shelf& Shelves::shelf(ShelfNo no) const {
  static const Shelf kEmpty;
  return no == kAllAtMain ? kEmpty : *shelves_[no - 1];
}

std::uint32_t Shelves::number(const std::vector<Taken>& lines) {
  const auto [entry, is_new] = line_numbers_.emplace(lines, static_cast<std::uint32_t>(lines_.size()));
  if (is_new) lines_.push_back(&entry->first);
  return entry->second;
}

base::Quantity Shelves::sum(ShelfNo no) const { return sum_of(shelf(no)); }

base::Quantity Shelves::pieces_at(ShelfNo no, base::Quantity stock, const std::string& place) const {
  return pieces_in(shelf(no), stock, place);
}

std::optional<ShelfNo> Shelves::moved(ShelfNo no, ShelfNo by) {
  if (by == kAllAtMain) return no;
  auto shelf = this->shelf(no);
  for (const auto& [place, pieces] : this->shelf(by)) add_pieces(shelf, place, pieces);
  const bool is_less =
      std::any_of(shelf.begin(), shelf.end(), [](const auto& each) { return each.second.value() < 0; });
  if (is_less || shelf.size() > msg::kPlacesMax) return std::nullopt;
  return number(shelf);
}

std::optional<ShelfNo> Shelves::taken(ShelfNo no, base::Quantity stock, const std::vector<Taken>& lines) {
  auto shelf = this->shelf(no);
  if (sum_of(shelf) > stock) return std::nullopt;
  for (const bool named : {true, false}) {
    for (const auto& line : lines) {
      if (line.place.has_value() != named) continue;
      if (line.quantity > (named ? pieces_in(shelf, stock, *line.place) : stock)) return std::nullopt;
      Shelf from;
      if (named) add_pieces(from, *line.place, line.quantity);
      if (!named) from = by_rule(line.quantity, stock - sum_of(shelf), shelf);
      if (line.told != kUnknownShelf && from != this->shelf(line.told)) return std::nullopt;
      stock -= line.quantity;
      for (const auto& [place, pieces] : from) add_pieces(shelf, place, -pieces);
    }
  }
  return number(shelf);
}

}  // namespace history
