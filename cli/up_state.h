// DATA/up.json: what an `up` runs, for `ps` and for scripts. Written whole and renamed, so that a reader never sees
// half. If `up` is killed, the file stays: what it says is true only of processes that have its pids and start times.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/core.h"
#include "base/result.h"

namespace cli {

struct UpProcess {
  std::string role;
  std::string instance;
  base::Endpoint endpoint;
  pid_t pid = 0;            // 0: not running
  std::uint64_t start = 0;  // start time of the process (cli/process_id.h); 0: not known
  unsigned restarts = 0;
};

struct UpState {
  pid_t up = 0;
  std::uint64_t start = 0;  // of `up`, as of the processes
  bool ready = false;
  std::vector<UpProcess> processes;
};

std::string up_state_path(const std::string& data);

// If it cannot be written, the one before stays, and the error says why.
base::Result<void> write_up_state(const std::string& data, const UpState& state);

// An error if there is none, or none that can be read.
base::Result<UpState> read_up_state(const std::string& data);

}  // namespace cli
