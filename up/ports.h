// Checks before the start that the ports of an `up` are free.
#pragma once

#include <string>
#include <vector>

#include "up/options.h"
#include "up/plan.h"

namespace up {

// Returns whether `bind` is an IPv4 address or "*".
bool is_address(const std::string& bind);

// Throws std::runtime_error if a port is not free, with a line that names the port and says what to do. `leftovers`: an
// `up` on this data was killed, so the function waits a few seconds for its children to end.
void require_ports(const std::vector<ChildPlan>& plans, const UpOptions& options, bool leftovers);

}  // namespace up
