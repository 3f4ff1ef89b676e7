// Which process a pid means. A pid is given to another process once its process is gone, but no two processes of one
// machine have both the same pid and the same start time.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace cli {

// Start time of a process in clock ticks since the machine was booted (field 22 of /proc/PID/stat). 0: it cannot be
// read, because there is no such process, say.
std::uint64_t process_start(pid_t pid);

// Whether the process with this pid and start time runs. One that has ended and was not waited for does not run. With a
// start time of 0 the pid alone decides.
bool is_running(pid_t pid, std::uint64_t start);

}  // namespace cli
