// Judges from a status whether a store serves. Threads: none. Tests: tests/tasks/serving_test.cpp
#pragma once

#include <string>

#include "msg/internal.h"

namespace tasks {

// Returns what keeps the store from answering reads and writes, or an empty text if nothing does. Replicas beyond those
// that are needed may be missing.
std::string obstacle_to_serving(const msg::StatusReply& status);

}  // namespace tasks
