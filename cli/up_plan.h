// What `up` starts, and where: a pure function of its options.
//
// Ports, from the base: broker i has three at +3(i-1); frontend i +10+2(i-1); catalog i +30+(i-1); order i +50+(i-1);
// etcd member i +60+(i-1) for clients and +65+(i-1) for the others. The HTTP bridge has a port of its own. Between the
// processes of one host ipc is used where the paths fit into a socket address.
#pragma once

#include <string>
#include <vector>

#include "base/core.h"
#include "cli/up.h"

namespace cli {

struct ChildPlan {
  std::string role;
  std::string instance;
  base::Endpoint endpoint;             // for clients, and for people
  std::vector<unsigned> ports;         // it will listen on these
  std::string directory;               // of its data; empty: none
  std::string program;                 // empty: this one
  std::vector<std::string> arguments;  // after the program's name
};

// In the order in which they are started. `data` is absolute.
std::vector<ChildPlan> plan(const UpOptions& options, const std::string& data);

}  // namespace cli
