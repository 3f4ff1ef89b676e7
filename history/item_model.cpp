#include "history/item_model.h"

#include <algorithm>

namespace history {
namespace {

using What = Touch::What;

// No more pieces are held than there are (ARCHITECTURE, G1).
bool narrow_by_stock(ItemState& state) {
  if (!state.stock) return true;
  const auto most = *state.stock - state.held;
  if (most < state.loose_least) return false;
  state.loose_most = std::min(most, state.loose_most.value_or(most));
  return true;
}

// The pieces that holds keep change by those of the touch. Only a group without its beginning (shrink.h) ends an exact
// hold that it did not place; its pieces are loose there.
bool move_held(const Touch& touch, ItemState& state) {
  auto rest = touch.holds;
  if (!touch.is_loose) {
    const auto own = std::max(-state.held, rest);
    state.held += own;
    rest -= own;
    if (rest.value() == 0) return true;
  }
  if (state.loose_most) *state.loose_most += rest;
  if (state.loose_most && state.loose_most->value() < 0) return false;
  state.loose_least = rest.value() > 0 ? state.loose_least + rest : base::Quantity();
  return true;
}

template <class T>
bool agrees(const std::optional<T>& known, const std::optional<T>& told) {
  return !known || !told || *known == *told;
}

}  // namespace

bool ItemModel::narrow_held(ItemState& state, const std::optional<base::Quantity>& told) {
  if (!told) return true;
  const auto loose = *told - state.held;
  if (loose < state.loose_least || loose > state.loose_most.value_or(loose)) return false;
  state.loose_least = loose;
  state.loose_most = loose;
  return true;
}

bool ItemModel::narrow(const ToldValues& told, ItemState& state) const {
  if (!agrees(state.price, told.price) || !agrees(state.stock, told.stock)) return false;
  if (told.price) state.price = told.price;
  if (told.stock) state.stock = told.stock;
  return narrow_places(told.shelf, state) && narrow_held(state, told.held) && narrow_by_stock(state);
}

bool ItemModel::evolve(const Touch& touch, ItemState& state) const {
  if (touch.what == What::kAdd) {
    if (state.exists) return false;
    state.exists = true;
    state.price = touch.price;
    state.stock = touch.stock;
    state.shelf = kAllAtMain;
    state.held = state.loose_least = base::Quantity();
    state.loose_most = base::Quantity();
    return true;
  }
  if (!state.exists) return false;
  if (touch.what == What::kPrice) {
    state.price = touch.price;
    if (!agrees(state.stock, touch.stock)) return false;
    if (touch.stock) state.stock = touch.stock;
    return narrow_places(touch.shelf, state) && narrow_held(state, touch.held);
  }
  if (touch.what == What::kChange) {
    state.stock.reset();
    if (touch.is_loose) state.loose_least = base::Quantity();
    return move_pieces(touch, state);
  }
  if (!agrees(state.price, touch.price)) return false;
  if (touch.price) state.price = touch.price;
  if (touch.what == What::kCount) {
    return count(touch, state) && narrow_held(state, touch.held) && narrow_by_stock(state);
  }
  if (!state.stock && touch.stock) state.stock = *touch.stock - touch.amount;
  if (!move_held(touch, state) || !narrow_held(state, touch.held) || !move_pieces(touch, state)) return false;
  if (!state.stock) return narrow_places(touch.shelf, state);
  *state.stock += touch.amount;
  const auto before = *state.stock - touch.amount;
  if (before.value() < 0 || state.stock->value() < 0 || state.stock->value() > msg::kStockMax) return false;
  return agrees(state.stock, touch.stock) && narrow_places(touch.shelf, state) && narrow_by_stock(state);
}

// As many pieces are available as the refusal tells, and fewer than were wanted.
bool ItemModel::is_sold_out(const Touch& touch, const ItemState& state) const {
  if (!state.stock || lacks_at_a_place(touch, state)) return true;
  const auto not_loose = *state.stock - state.held;
  if (!touch.stock) return !state.loose_most || touch.amount > not_loose - *state.loose_most;
  const auto loose = not_loose - *touch.stock;
  return loose >= state.loose_least && loose <= state.loose_most.value_or(loose) && touch.amount > *touch.stock;
}

// As many pieces are available as the refusal tells, and holds keep more of the others than the count would leave.
bool ItemModel::is_kept(const Touch& touch, const ItemState& state) const {
  if (!state.stock || !touch.stock) return true;
  const auto kept = *state.stock - *touch.stock;
  const auto loose = kept - state.held;
  const auto others = *state.stock - pieces_at(place_of(touch), state).value_or(*state.stock);
  return loose >= state.loose_least && loose <= state.loose_most.value_or(loose) && kept > touch.amount + others;
}

bool ItemModel::holds(const Touch& touch, const ItemState& state) const {
  if (touch.what == What::kAbsent) return !state.exists;
  if (!state.exists) return false;
  switch (touch.what) {
    case What::kSoldOut:
      return is_sold_out(touch, state);
    case What::kKept:
      return is_kept(touch, state);
    case What::kFewer:
      return has_fewer(touch, state);
    case What::kFewThere: {
      const auto there = pieces_at(place_of(touch), state).value_or(touch.stock.value_or(base::Quantity()));
      return there == touch.stock.value_or(there) && touch.amount > there;
    }
    case What::kNotThere:
      return state.shelf == kUnknownShelf || pieces_at(place_of(touch), state) == base::Quantity();
    case What::kTooMany:
      return is_too_many(touch, state);
    case What::kCosts:
      return agrees(state.price, touch.price);
    case What::kSee:  // by value; nobody saw an unknown value, but for places, which only some answers tell
      return state.price == touch.price && state.stock == touch.stock &&
             (state.shelf == kUnknownShelf || state.shelf == touch.shelf) && state.loose_least == state.loose_most &&
             touch.held == state.held + state.loose_least;
    case What::kMove:
    case What::kChange:
    case What::kPrice:
    case What::kCount:
    case What::kAdd:
    case What::kAbsent:
    case What::kExists:
    case What::kIsOf:
      break;
  }
  return true;
}

}  // namespace history
