// Cancellations: an order and what was taken back of it.
//
// Orders and cancellations are never changed once they are stored. An order is shown with its cancellations and the
// state that follows from them. Threads: none. Tests: tests/msg/cancellations_test.cpp.
#pragma once

#include <vector>

#include "msg/types.h"

namespace msg {

// The pieces of an item that an order bought and no cancellation has taken back.
struct Remainder {
  ItemId item;
  Cents price;  // per piece, in the order
  Quantity quantity;
  std::optional<Places> places{};  // the part of `quantity` that did not come from `main`
};

// One entry for each item that the order bought, in the order of its lines, also if no piece remains. Empty for a
// `sell`: the store took those pieces in, and nothing was bought.
std::vector<Remainder> remainders_of(const Order& order);
OrderState state_of(const Order& order);

// Adds the next cancellation of this order, and sets its state.
void add_cancellation(Order& order, Cancellation cancellation);

}  // namespace msg
