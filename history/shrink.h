// Shrink: reduces a group that has no order to a few parts that still have none.
//
// After each step, the group still has no order. First shrink() cuts off parts that ended late: each beginning of a
// history with an order has an order, too. Then it removes parts that ended early, and takes the state that they left
// for unknown. Then it removes single sightings and refusals. The other writes stay, because their effects matter.
//
// Threads: none. Tests: tests/history/history_test.cpp
#pragma once

#include "history/search.h"

namespace history {

// Adds its steps to `work`. Returns `group` itself if it proves of no smaller group that it has no order.
Group shrink(const Group& group, std::uint64_t work_max, std::uint64_t& work);

}  // namespace history
