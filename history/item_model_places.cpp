// ItemModel: the pieces of an item at its places, and what refusals say of them.
#include <algorithm>
#include <map>

#include "history/item_model.h"

namespace history {

// The pieces of one place become as many as were found there.
bool ItemModel::count(const Touch& touch, ItemState& state) const {
  if (state.shelf == kUnknownShelf) {
    state.stock.reset();
  } else if (touch.move == kAllAtMain) {
    state.stock = touch.amount + shelves_.sum(state.shelf);
  } else {
    const auto place = place_of(touch);
    auto shelf = shelves_.shelf(state.shelf);
    const auto more = touch.amount - *pieces_at(place, state);
    add_pieces(shelf, place, more);
    if (shelf.size() > msg::kPlacesMax) return false;
    state.shelf = shelves_.number(shelf);
    if (state.stock) *state.stock += more;
  }
  if (state.stock && touch.stock && *state.stock != *touch.stock) return false;
  if (touch.stock) state.stock = touch.stock;
  return (!state.stock || state.stock->value() <= msg::kStockMax) && narrow_places(touch.shelf, state);
}

// Moves the pieces at places other than `main`; the stock is still the one from before the effect.
bool ItemModel::move_pieces(const Touch& touch, ItemState& state) const {
  if (!may_move_pieces(touch, state)) return true;
  if (touch.how == Touch::How::kLose ||
      (touch.how != Touch::How::kShift && !state.stock && state.shelf != kAllAtMain)) {
    state.shelf = kUnknownShelf;
    return true;
  }
  std::optional<ShelfNo> after;
  if (touch.how == Touch::How::kShift) {
    after = shelves_.moved(state.shelf, touch.move);
  } else {
    const auto stock = state.stock.value_or(base::Quantity(msg::kStockMax));  // unknown; all of it is at `main`
    const std::vector<Taken> whole{{-touch.amount, {}, touch.move}};
    after = shelves_.taken(state.shelf, stock, touch.how == Touch::How::kTake ? whole : shelves_.lines(touch.move));
  }
  if (!after) return false;
  state.shelf = *after;
  return true;
}

bool ItemModel::may_move_pieces(const Touch& touch, const ItemState& state) {
  if (state.shelf == kUnknownShelf) return false;
  if (touch.what == Touch::What::kCount) return touch.move != kAllAtMain;
  return touch.how != Touch::How::kStay && (touch.how != Touch::How::kTake || state.shelf != kAllAtMain);
}

// The pieces at places are as told, and `main` has the others.
bool ItemModel::narrow_places(ShelfNo told, ItemState& state) const {
  if (told != kUnknownShelf) {
    if (state.shelf != kUnknownShelf && state.shelf != told) return false;
    state.shelf = told;
  }
  if (state.shelf == kAllAtMain || state.shelf == kUnknownShelf || !state.stock) return true;
  return shelves_.sum(state.shelf) <= *state.stock;
}

std::string ItemModel::place_of(const Touch& touch) const {
  const auto& shelf = shelves_.shelf(touch.move);
  return shelf.empty() ? std::string(msg::kMainPlace) : shelf.begin()->first;
}

// Nothing if nobody knows.
std::optional<base::Quantity> ItemModel::pieces_at(const std::string& place, const ItemState& state) const {
  const bool is_known = state.shelf != kUnknownShelf && (state.stock || place != msg::kMainPlace);
  if (!is_known) return std::nullopt;
  return shelves_.pieces_at(state.shelf, state.stock.value_or(base::Quantity()), place);
}

// The lines ask for more pieces of a place than the refusal tells that it has.
bool ItemModel::lacks_at_a_place(const Touch& touch, const ItemState& state) const {
  if (touch.how != Touch::How::kLines) return false;
  std::map<std::string, base::Quantity> asked;
  for (const auto& line : shelves_.lines(touch.move)) {
    if (line.place) asked[*line.place] += line.quantity;
  }
  return std::any_of(asked.begin(), asked.end(), [&](const auto& of_place) {
    const auto there = pieces_at(of_place.first, state);
    if (!touch.stock) return !there || of_place.second > *there;
    return of_place.second > *touch.stock && there.value_or(*touch.stock) == *touch.stock;
  });
}

// The lesser of the pieces that are available and those at the place is what the refusal tells.
bool ItemModel::has_fewer(const Touch& touch, const ItemState& state) const {
  if (!touch.stock) return true;
  if (touch.amount <= *touch.stock) return false;
  const auto there = pieces_at(place_of(touch), state);
  if (there && *there < *touch.stock) return false;
  if (!state.stock) return true;
  const auto loose = *state.stock - state.held - *touch.stock;
  if (loose < state.loose_least) return false;
  return there.value_or(*touch.stock) == *touch.stock || loose <= state.loose_most.value_or(loose);
}

bool ItemModel::is_too_many(const Touch& touch, const ItemState& state) const {
  if (!state.stock || (*state.stock + touch.amount).value() > msg::kStockMax || touch.how == Touch::How::kLose)
    return true;
  if (touch.how != Touch::How::kShift) return false;
  if (state.shelf == kUnknownShelf) return true;
  auto shelf = shelves_.shelf(state.shelf);
  for (const auto& [place, pieces] : shelves_.shelf(touch.move)) add_pieces(shelf, place, pieces);
  return shelf.size() > msg::kPlacesMax;
}

}  // namespace history
