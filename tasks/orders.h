// Finding orders by number and by time. Numbers rise, and time never goes back, so both are found by bisection. A
// client may see a part of the orders alone. Tests: tests/tasks/orders_test.cpp, tests/process/test_secure.py.
#pragma once

#include <functional>
#include <optional>

#include "client/client.h"

namespace tasks {

// Returns the greatest number n such that holds(1), ..., holds(n), if holds is true up to some number and false after
// it; 0 if it never holds. Calls it at most 2 * log2(n) + 2 times.
std::uint64_t last_that(const std::function<bool(std::uint64_t)>& holds);

// Sets `last` to the number of the last order that the client may see, or to 0. Returns why it cannot.
std::optional<msg::Refusal> find_last_order(client::Client& store, std::uint64_t& last);
// The same for the last order that was placed before this time.
std::optional<msg::Refusal> find_last_before(client::Client& store, base::WallMs time, std::uint64_t& last);

}  // namespace tasks
