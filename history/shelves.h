// Shelves: the pieces of items at places other than `main`, each list as a number.
//
// The search compares and copies states all the time. So each different list of places is kept once, and a state has
// its number. The number 0 is the empty list: all pieces are at `main`. So an item without places costs no list, no
// search for one, and no arithmetic. The arithmetic is written here again, so that a fault of msg/places.h is found.
//
// Bounds: an entry for each different list; the steps of a search bound them. Lifetime: shared by all groups of a
// history. Threads: none. Tests: tests/history/places_test.cpp
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "msg/types.h"

namespace history {

using ShelfNo = std::uint32_t;
constexpr ShelfNo kAllAtMain = 0;
constexpr ShelfNo kUnknownShelf = std::numeric_limits<ShelfNo>::max();

// A line of an order: its pieces come from one place, or by the rule (ADR 57).
struct Taken {
  base::Quantity quantity;
  std::optional<std::string> place;
  ShelfNo told = kUnknownShelf;  // the part that is not of `main`, as the answer says
  friend auto operator<=>(const Taken&, const Taken&) = default;
};

using Shelf = std::map<std::string, base::Quantity>;  // by place, without `main`; differences may be negative

class Shelves {
 public:
  ShelfNo number(const Shelf& shelf);
  ShelfNo number(const std::optional<msg::Places>& places);
  const Shelf& shelf(ShelfNo no) const;
  // The number of the lines of one item in an order.
  std::uint32_t number(const std::vector<Taken>& lines);
  const std::vector<Taken>& lines(std::uint32_t no) const { return *lines_[no]; }

  base::Quantity sum(ShelfNo no) const;
  // The pieces at a place, of an item with this stock.
  base::Quantity pieces_at(ShelfNo no, base::Quantity stock, const std::string& place) const;
  // The shelf with these differences; nothing if a place would have less than nothing, or if there would be too many.
  std::optional<ShelfNo> moved(ShelfNo no, ShelfNo by);
  // The shelf after these lines, which are taken in turn: first those that name a place. Nothing if a place has too few
  // pieces, or if a line was told to have taken others.
  std::optional<ShelfNo> taken(ShelfNo no, base::Quantity stock, const std::vector<Taken>& lines);

 private:
  std::map<Shelf, ShelfNo> numbers_;
  std::vector<const Shelf*> shelves_;  // from number 1 on
  std::map<std::vector<Taken>, std::uint32_t> line_numbers_;
  std::vector<const std::vector<Taken>*> lines_;
};

// Moves pieces of a place into the shelf, or out of it.
void add_pieces(Shelf& shelf, const std::string& place, base::Quantity pieces);
// The part of these pieces that is not of `main`, if no place is named: from `main` first, and then from the other
// places in the order of their names. `main`: the pieces there.
Shelf by_rule(base::Quantity quantity, base::Quantity main, const Shelf& shelf);
Shelf shelf_of(const std::optional<msg::Places>& places);

}  // namespace history
