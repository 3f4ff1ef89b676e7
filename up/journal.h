// Before `up` starts anything: is the journal as new as the views beside it?
#pragma once

#include <string>
#include <vector>

#include "up/plan.h"

namespace up {

// The processes find it out, too, but a broker that hears of its members late may have appended by then. Throws
// std::runtime_error with what to do if a view has applied more of the store than its SQLite journal has.
void require_newest_journal(const std::vector<ChildPlan>& plans);

}  // namespace up
