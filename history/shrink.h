// Shrink: of a group that has no order, as few parts as still have none.
//
// Only steps that keep the proof: what ended later is cut off (a history with an order has one for each of its
// beginnings), what ended earlier is forgotten (the state that it left becomes unknown), and single sightings and
// refusals are left out. Writes in between stay, or what they did would be missing.
//
// Threads: none. Tests: tests/history/history_test.cpp
#pragma once

#include "history/search.h"

namespace history {

// `work` is counted up. The result is `group` itself where nothing smaller was proved to have no order.
Group shrink(const Group& group, std::uint64_t work_max, std::uint64_t& work);

}  // namespace history
