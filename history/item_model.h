// ItemModel: how effects change an item, and which statements about it are right. Search asks it at each step; it
// computes every value again, by PROTOCOL and without the store's own code.
//
// A value that is unknown agrees with every value, and takes the first one that is told.
//
// The pieces that holds keep are those of exact holds, which are counted, and loose ones, of which a range is known:
// pieces of holds from before the history, and of holds that an unanswered write may have placed, extended or ended. An
// item that shows all pieces that are held narrows the range; so does each order or hold, because its pieces were
// available.
//
//   M1  A price or a stock that is known stays what it is until an effect changes it.
//   M2  If the stock is known, a move or a count leaves it within its limits, no more pieces are held than there are,
//       and no more are at other places than `main`.
//   M3  A function that returns false leaves a state that must not be used any further.
//
// Bounds: none of its own; the shelves have theirs. Lifetime: the shelves outlive it. Threads: none.
// Tests: tests/history/history_test.cpp, tests/history/places_test.cpp, tests/history/generated_test.cpp
#pragma once

#include <optional>
#include <string>

#include "history/touches.h"

namespace history {

struct ItemState {
  bool exists = true;
  std::optional<base::Cents> price;     // nothing: unknown
  std::optional<base::Quantity> stock;  // nothing: unknown
  base::Quantity held;                  // of exact holds
  base::Quantity loose_least;
  std::optional<base::Quantity> loose_most;  // nothing: no bound
  ShelfNo shelf = kUnknownShelf;             // the pieces at other places than `main`
};

// The values that answers tell of one version of an item. Nothing: not told.
struct ToldValues {
  std::optional<base::Cents> price;
  std::optional<base::Quantity> stock;
  std::optional<base::Quantity> held;
  ShelfNo shelf = kUnknownShelf;
};

class ItemModel {
 public:
  explicit ItemModel(Shelves& shelves) : shelves_(shelves) {}

  // The effect happens. Returns false if it cannot.
  bool evolve(const Touch& touch, ItemState& state) const;
  // Returns whether a statement about the values is right. kIsOf, about the version, is for the search.
  bool holds(const Touch& touch, const ItemState& state) const;
  // The item has these values. Returns false if it cannot.
  bool narrow(const ToldValues& told, ItemState& state) const;
  // The item has this many held pieces. Returns false if it cannot.
  static bool narrow_held(ItemState& state, const std::optional<base::Quantity>& told);
  // Returns whether the effect may move pieces at other places than `main`, and anybody knows those.
  static bool may_move_pieces(const Touch& touch, const ItemState& state);

 private:
  bool count(const Touch& touch, ItemState& state) const;
  bool move_pieces(const Touch& touch, ItemState& state) const;
  bool narrow_places(ShelfNo told, ItemState& state) const;
  std::optional<base::Quantity> pieces_at(const std::string& place, const ItemState& state) const;
  std::string place_of(const Touch& touch) const;
  bool is_sold_out(const Touch& touch, const ItemState& state) const;
  bool lacks_at_a_place(const Touch& touch, const ItemState& state) const;
  bool has_fewer(const Touch& touch, const ItemState& state) const;
  bool is_too_many(const Touch& touch, const ItemState& state) const;
  bool is_kept(const Touch& touch, const ItemState& state) const;

  Shelves& shelves_;
};

}  // namespace history
