// Places: arithmetic with the pieces of an item at its places (ADR 57).
//
// A list of places (msg::Places) leaves out `main`, so a stock and its list tell the pieces at every place. Nothing
// here costs an item that has no list. Threads: none. Tests: tests/msg/places_test.cpp.
#pragma once

#include <optional>
#include <string_view>

#include "msg/types.h"

namespace msg {

// The sum of a list.
Quantity sum_of(const std::optional<Places>& places);

// The pieces at a place, of an item with this stock.
Quantity pieces_at(Quantity stock, const std::optional<Places>& places, std::string_view place);

// The list of all these pieces at one place; empty if that is `main`.
Places all_at(std::string_view place, Quantity pieces);

// Adds `sign` times the pieces of `moved` to the list. A place without pieces leaves it.
void shift(std::optional<Places>& places, const Places& moved, std::int64_t sign = 1);

// The rule by which pieces are taken when no place is named: from `main` first, then from the others in the order of
// their names. Returns the part of `quantity` that is not of `main`; `quantity` is at most `stock`.
Places taken(Quantity quantity, Quantity stock, const std::optional<Places>& places);

}  // namespace msg
