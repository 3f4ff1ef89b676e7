// The counters of a role, and its two families: requests by type, and refusals by error word. A heartbeat tells them.
//
// Threads: none. Tests: tests/msg/counters_test.cpp.
#pragma once

#include <string_view>

#include "base/counters.h"
#include "msg/internal.h"
#include "msg/refusal.h"

namespace msg {

// Returns all counters of the role, each at 0.
base::Counters counters_of(Role role);

// The value of a counter that a heartbeat tells; 0 if it does not tell it.
std::uint64_t counter_of(const Heartbeat& beat, std::string_view name);

// Counts a request. `type`: as the client wrote it. A type that the role does not answer counts as `unknown`.
void count_request(base::Counters& counters, Role role, std::string_view type);
// Counts a refusal. The refusal of a request that could not be read also counts as a malformed message.
void count_refusal(base::Counters& counters, Code code);

}  // namespace msg
