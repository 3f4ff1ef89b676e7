// Identifies a process by pid and start time. The kernel reuses a pid after its process has ended, but no two processes
// of one machine have the same pid and the same start time.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace process {

// Start time of a process in clock ticks since the machine was booted (field 22 of /proc/PID/stat). 0: it cannot be
// read, e.g. because there is no such process.
std::uint64_t process_start(pid_t pid);

// Returns whether the process with this pid and start time runs. A process that has ended does not run, even if its
// parent has not waited for it yet. If a start time is 0, the pid alone decides.
bool is_running(pid_t pid, std::uint64_t start);

}  // namespace process
