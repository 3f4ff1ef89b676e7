// `pygmy up`: runs a whole store on this machine, with each process as a child of this one. With --single the store is
// one process (cli/node.h).
//
// Before `up` starts a process, it locks the data directory, tries the ports, and checks the catalogue. Then it starts
// etcd (with --cluster), brokers, catalogs, orders, frontends and the bridge. It restarts a child that ends (see
// up_restart.h). SIGTERM, SIGINT and SIGHUP stop the bridge, frontends, orders, catalogs, brokers and etcd, in this
// order, so that every process can finish while the processes that it needs still run. When the parent ends, in
// whatever way, its children end too.
//
// The parent opens no ZeroMQ context, because it forks at any time. The part that talks to the store (it loads the
// catalogue and checks that the store works) runs in a child of its own; see up_ready.h.
#pragma once

#include <cstdint>
#include <string>

#include "cli/etcd_options.h"

namespace cli {

constexpr unsigned kNodesOfACluster = 3;

struct UpOptions {
  unsigned brokers = 0;  // 0: one with the SQLite journal, two with etcd
  unsigned catalogs = 2;
  unsigned orders = 3;
  unsigned frontends = 2;
  unsigned port_base = 7400;
  std::string bind = "127.0.0.1";
  std::string data = "./data";
  std::string catalogue;  // CSV file; empty: none
  bool no_restart = false;
  std::uint64_t cache_bytes = 64 * 1024 * 1024;
  unsigned lease_ms = 500;
  unsigned heartbeat_ms = 50;
  std::string journal = "sqlite";
  bool single = false;               // one process with one core of each role; with `cluster` three of them
  bool cluster = false;              // starts an etcd of three members
  std::string etcd_token = "pygmy";  // by which etcd tells this cluster from others while it is created
  EtcdOptions etcd;                  // members that run already
  std::string http = "8080";         // port of the HTTP bridge, or off
  bool demo = false;                 // visitors of the HTTP bridge may kill and pause processes
  std::string log_level = "info";
};

// Returns the exit code: 0 after a stop that was asked for, 2 for options that do not fit together, 1 otherwise.
int run_up(const UpOptions& options);

}  // namespace cli
