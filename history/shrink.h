// Shrink: reduces a group that has no order to a few parts that still have none.
//
// Each step keeps the proof. Parts that ended later are cut off, since each beginning of a history with an order has
// one, too. Parts that ended earlier are removed, and the state that they left becomes unknown. Single sightings and
// refusals are removed. Writes in between stay, because their effects would be missing.
//
// Threads: none. Tests: tests/history/history_test.cpp
#pragma once

#include "history/search.h"

namespace history {

// Adds its steps to `work`. Returns `group` itself if nothing smaller was proved to have no order.
Group shrink(const Group& group, std::uint64_t work_max, std::uint64_t& work);

}  // namespace history
