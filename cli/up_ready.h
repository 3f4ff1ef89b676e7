// The part of `up` that talks to the store: wait for the processes, load the catalogue, see that it works.
//
// Runs in a child of its own, since it opens a ZeroMQ context and its parent must not (up.h).
#pragma once

#include <string>
#include <vector>

#include "cli/up.h"
#include "cli/up_plan.h"

namespace cli {

// Returns the exit code: 0 once a write and a read have worked through every frontend and the processes are printed;
// kCheckAgain if this process could not do its work, for want of memory or descriptors, say. Never throws.
constexpr int kCheckAgain = 75;
int check_ready(const UpOptions& options, const std::vector<ChildPlan>& plans) noexcept;

// Runs this program again with other arguments and waits; returns its exit code, 128 + signal if it was killed.
// `quiet`: without its standard output.
int run_self(const std::vector<std::string>& arguments, bool quiet);

}  // namespace cli
