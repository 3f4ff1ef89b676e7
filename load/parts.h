// Parts: a run in several processes, for a store that one process cannot load.
//
// Each part is a child process, and all parts start at the same time. A child tells its parent through a pipe that it
// is ready, how far it is, and at its end its tally; each is one line with a JSON value. A child ends with its parent.
// Threads: none may run when run_parts is called. Tests: tests/load/parts_test.cpp, tests/process/test_load.py
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "load/load.h"
#include "load/tally.h"

namespace load {

// The functions that a part calls while it runs.
struct Parent {
  std::function<void()> wait;  // before its first request: returns when all parts are ready
  std::function<void(base::Duration passed, std::uint64_t ops, std::uint64_t errors)> tell;
  std::function<void(const Tally&)> end;
};
using Part = std::function<int(const BenchTask&, const Parent&)>;

// Divides a task into those of its parts: their clients, rates and requests add up to the task's.
std::vector<BenchTask> parts_of(const BenchTask& task);

// Runs `part` for each task in a child. Adds the tallies up, if there are any. Returns the greatest exit code.
int run_parts(const std::vector<BenchTask>& tasks, const Part& part, std::optional<Tally>& total);

}  // namespace load
