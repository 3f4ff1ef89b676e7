// `pygmy node`: several roles in one process, on one loop (docs/adr/0032-nodes.md).
//
// The cores of a node talk through the local bus (net/bus.h); cores of other processes, and clients, reach them through
// ZeroMQ, at the same endpoints as those of an `up` (process/places.h). The data are laid out as by `up`:
// DATA/broker-NAME, DATA/catalog-NAME, DATA/order-NAME. So a store may be started by `up` today and by `up --single`
// tomorrow, and back. A failure of one core ends the node.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "process/bridge.h"
#include "process/etcd_options.h"
#include "process/process.h"

namespace process {

inline const std::vector<std::string> kNodeRoles{"broker", "catalog", "order", "frontend", "bridge"};

struct NodeOptions {
  std::string name = "1";  // the instances are broker-NAME and so on, the node is node-NAME
  std::vector<std::string> roles = kNodeRoles;
  std::string data = "./data";
  std::string bind = "127.0.0.1";
  std::string advertise;  // host that others are told; empty: that of `bind`
  unsigned port_base = 7400;
  std::vector<base::Endpoint> brokers;    // of other nodes
  std::vector<base::Endpoint> frontends;  // of other nodes, for the bridge
  std::string http = "8080";              // port of the bridge
  SiteOptions site;                       // of the bridge
  bool demo = false;
  KeyOptions keys;
  std::uint64_t cache_bytes = 64 * 1024 * 1024;
  std::uint64_t cache_items = 0;  // number of answers; 0: only `cache_bytes` bounds them
  std::uint64_t snapshot_behind = 200'000;
  std::string anonymous = "auto";  // as of FrontendOptions
  ClientLimits clients;            // of the frontend
  unsigned lease_ms = 500;
  std::string currency;  // code of the store's currency; empty: that of the store
  unsigned heartbeat_ms = 50;
  std::string journal = "sqlite";
  EtcdOptions etcd;
  std::vector<std::string> members;  // as broker::Config
  std::string log_level = "info";
  bool log_json = false;
};

// The options of each role, as its own command would have them. `data` is absolute.
struct NodeRoles {
  std::optional<BrokerOptions> broker;
  std::optional<ReplicaOptions> catalog;
  std::optional<ReplicaOptions> order;
  std::optional<FrontendOptions> frontend;
  std::optional<BridgeOptions> bridge;
};
// Throws std::runtime_error with a line that says which option is missing.
NodeRoles node_roles(const NodeOptions& options, const std::string& data);

// Makes the directories of the roles in `data`, which exists. That of the broker is made only if no view is there: a
// broker whose directory was lost would begin a new stream beside the views of the old one. So it is missed when the
// broker opens it.
void make_directories(const NodeRoles& roles, const std::string& data);

int run_node(const NodeOptions& options);

}  // namespace process
