// Values: checks that an item, an order or a hold in an answer can be one of a shop, whatever was asked.
//
//   V1  Values are within the limits of PROTOCOL 3. Those that are not are `beyond`: nobody may calculate with them.
//   V2  The fields fit together: places and stock, the times, the state and the order of a hold.
//   V3  The cancellations of an order take back at most what it bought, at its prices and from its places; its state
//       follows from them (PROTOCOL 4). They are checked only if all values of the answer so far are within limits.
//
// Threads: none. Tests: tests/history/asked_test.cpp, tests/history/places_test.cpp, tests/history/holds_test.cpp
#pragma once

#include "history/findings.h"

namespace history {

void check_values(const msg::Item& item, Objections& to);
void check_values(const msg::Order& order, Objections& to);
void check_values(const msg::Hold& hold, Objections& to);

}  // namespace history
