// The plan of `up`: the processes that it starts, and where they listen. A pure function of the options.
//
// Ports, counted from --port-base: broker i has three, from +3(i-1); frontend i has +10+2(i-1); catalog i has
// +30+(i-1); order i has +50+(i-1); etcd member i has +60+(i-1) for clients and +65+(i-1) for the other members. The
// port of the HTTP bridge is an option of its own. The processes use ipc among themselves if the paths fit into a
// socket address.
#pragma once

#include <string>
#include <vector>

#include "base/core.h"
#include "cli/up.h"

namespace cli {

struct ChildPlan {
  std::string role;
  std::string instance;
  base::Endpoint endpoint;             // where clients reach it
  std::vector<unsigned> ports;         // on which it will listen
  std::string directory;               // for its data; empty: none
  std::string program;                 // empty: this program
  std::vector<std::string> arguments;  // without the program's name
};

// Returns the children in the order in which `up` starts them. `data` is an absolute path.
std::vector<ChildPlan> plan(const UpOptions& options, const std::string& data);

}  // namespace cli
