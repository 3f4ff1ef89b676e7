// DATA/up.json lists the processes of an `up`, for `ps` and for scripts. The cores of a node are listed one by one,
// with the pid of the node. The file is written as a whole and renamed, so that a reader never sees half a file. If
// `up` is killed, the file stays. Then an entry is true only if a process with its pid and start time runs.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/core.h"
#include "base/result.h"

namespace process {

struct UpProcess {
  std::string role;
  std::string instance;
  base::Endpoint endpoint;
  pid_t pid = 0;            // 0: not running
  std::uint64_t start = 0;  // start time of the process (process/process_id.h); 0: not known
  unsigned restarts = 0;
};

struct UpState {
  pid_t up = 0;
  std::uint64_t start = 0;  // of `up`, as of the processes
  bool ready = false;
  std::string keys;  // the directory of the store's keys; empty: it has none
  std::vector<UpProcess> processes;
};

std::string up_state_path(const std::string& data);

// If the file cannot be written, the previous file stays, and the error says why.
base::Result<void> write_up_state(const std::string& data, const UpState& state);

// Returns an error if there is no file or if it cannot be read.
base::Result<UpState> read_up_state(const std::string& data);

}  // namespace process
