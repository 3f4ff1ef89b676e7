// `pygmy ps`: lists the processes of an `up`, so that a person sees them and a script can kill them.
#pragma once

#include <string>

namespace up {

struct PsOptions {
  std::string data = "./data";
  bool json = false;
};

// Prints role, instance, pid, endpoint and state of each process, and which one is the writer. The state comes from a
// frontend. If no frontend answers, it only tells whether the process lives. Returns exit code 3 if no `up` runs on
// this data. If the last `up` was killed, its processes are listed nevertheless.
int run_ps(const PsOptions& options);

}  // namespace up
