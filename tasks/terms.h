// Terms of sale (msg::Terms) for people, and as a cell of a CSV file.
//
// Threads: none. Tests: tests/tasks/terms_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "msg/types.h"

namespace tasks {

// "at most 2 in an order, at most 1 for each customer in 24h, for sale from 2026-12-01T00:00:00.000Z"; empty without
// any rule.
std::string text_of(const msg::Terms& terms);

// "per_order=2 per_customer=1 window=24h from=2026-12-01T00:00:00.000Z"; empty without any rule.
std::string cell_of(const msg::Terms& terms);
// Reads such a cell. A window is a number with one of the units d, h, m, s and ms, and an instant is as in
// tasks/moment.h, without spaces. The terms may still be invalid: msg::fault_of.
base::Result<msg::Terms> read_terms(std::string_view cell);

}  // namespace tasks
