// `pygmy ps`: the processes of an `up`, so that a person sees them and a script can kill them.
#pragma once

#include <string>

namespace cli {

struct PsOptions {
  std::string data = "./data";
  bool json = false;
};

// Role, instance, pid, endpoint and state of each; which one is the writer. The state is what a frontend hears; where
// none answers, whether the process lives. Exit code 3 if no `up` runs on this data; if the last one was killed, the
// processes that it has left are listed all the same.
int run_ps(const PsOptions& options);

}  // namespace cli
