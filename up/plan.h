// The plan of `up`: the processes that it starts, and where they listen (process/places.h). A pure function of the
// options.
#pragma once

#include <string>
#include <vector>

#include "base/core.h"
#include "up/options.h"

namespace up {

struct ChildPlan {
  std::string role;
  std::string instance;
  base::Endpoint endpoint;             // where clients reach it
  std::string bind;                    // address at which it will listen
  std::vector<unsigned> ports;         // on which it will listen
  std::string directory;               // for its data; empty: none
  std::string program;                 // empty: this program
  std::vector<std::string> arguments;  // without the program's name
  std::vector<ChildPlan> cores;        // of a node, as they would be planned alone; else empty
};

// Returns the children in the order in which `up` starts them. `data` is an absolute path.
std::vector<ChildPlan> plan(const UpOptions& options, const std::string& data);

// The address at which the etcd of `up --cluster` listens, and the URL of a port of a member.
constexpr auto kEtcdAddress = "127.0.0.1";
std::string etcd_url(const UpOptions& options, unsigned port);

// Clients and `ps` see these of a child: the cores of a node, or the child itself.
std::vector<ChildPlan> cores_of(const ChildPlan& child);
std::vector<ChildPlan> cores_of(const std::vector<ChildPlan>& children);

}  // namespace up
