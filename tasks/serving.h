// Judges from a status whether a store serves, and is complete. Threads: none. Tests: tests/tasks/serving_test.cpp
#pragma once

#include <string>

#include "msg/internal.h"

namespace tasks {

// Returns an empty text if the store answers reads and writes and each process that it knows is live, otherwise the
// first obstacle. A store knows a process from its first heartbeat until `pygmy forget`, so a silent one is an
// obstacle.
std::string obstacle_to_serving(const msg::StatusReply& status);

}  // namespace tasks
