// The ports of what `up` starts: are they free?
#pragma once

#include <string>
#include <vector>

#include "cli/up.h"
#include "cli/up_plan.h"

namespace cli {

// Can --bind be this?
bool is_address(const std::string& bind);

// Throws std::runtime_error with a line that says which port is not, and what to do. `leftovers`: an `up` on this data
// was killed, and its children may still be finishing; they are waited for a little.
void require_ports(const std::vector<ChildPlan>& plans, const UpOptions& options, bool leftovers);

}  // namespace cli
