// Where the processes of a store listen on one machine, as `up` and `node` lay them out.
//
// Ports, counted from --port-base: broker i has three, from +3(i-1); frontend i has +10+2(i-1); catalog i has
// +30+(i-1); order i has +50+(i-1); etcd member i has +60+(i-1) for clients and +65+(i-1) for the other members. The
// port of the HTTP bridge is an option of its own. The processes use ipc among themselves if the paths fit into a
// socket address.
#pragma once

#include <string>

#include "base/core.h"

namespace process {

constexpr unsigned kFrontendPorts = 10;
constexpr unsigned kCatalogPorts = 30;
constexpr unsigned kOrderPorts = 50;
constexpr unsigned kEtcdPorts = 60;
constexpr unsigned kEtcdMemberPorts = 65;

base::Endpoint tcp_at(const std::string& host, unsigned port);

// The host at which a process is reached that listens on this address. One that listens on all addresses is reached at
// 127.0.0.1.
std::string reachable(const std::string& bind);

// Of a store with its data in this directory.
bool has_ipc(const std::string& data);
base::Endpoint ipc_at(const std::string& data, const std::string& instance);

}  // namespace process
