// The part of `up` that talks to the store: it waits for the processes, loads the catalogue, and checks that the store
// works.
//
// It runs in a child of its own, because it opens a ZeroMQ context and its parent must not (up/up.h).
#pragma once

#include <string>
#include <vector>

#include "up/options.h"
#include "up/plan.h"

namespace up {

// Returns the exit code. 0: a write and a read have worked through every frontend, and the processes are printed.
// kCheckAgain: this process lacks e.g. memory or descriptors, so the check must be repeated. Others: the catalogue
// could not be loaded. Never throws.
constexpr int kCheckAgain = 75;
int check_ready(const UpOptions& options, const std::vector<ChildPlan>& plans) noexcept;

// The line that `up` prints for other terminals; empty if the commands find the store without it. `cores`: of the plan.
std::string exports(const UpOptions& options, const std::vector<ChildPlan>& cores);

// Runs this program again with other arguments and waits for its end. Returns its exit code, or 128 + signal if it was
// killed. `quiet`: its standard output is thrown away.
int run_self(const std::vector<std::string>& arguments, bool quiet);

}  // namespace up
