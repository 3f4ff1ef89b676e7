// DATA/up.json: what an `up` runs, for `ps` and for scripts. Written whole and renamed, so that a reader never sees
// half.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/core.h"
#include "base/result.h"

namespace cli {

struct UpProcess {
  std::string role;
  std::string instance;
  base::Endpoint endpoint;
  pid_t pid = 0;  // 0: not running
  unsigned restarts = 0;
};

struct UpState {
  pid_t up = 0;
  bool ready = false;
  std::vector<UpProcess> processes;
};

std::string up_state_path(const std::string& data);

// Throws std::runtime_error.
void write_up_state(const std::string& data, const UpState& state);

// An error if there is none, or none that can be read.
base::Result<UpState> read_up_state(const std::string& data);

}  // namespace cli
