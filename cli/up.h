// `pygmy up`: a whole store on this machine, each process a child of this one.
//
// Before anything is started: the data is locked, the ports are tried, the catalogue is found. Then broker, catalogs,
// orders, frontends; a child that dies is started again with back-off; SIGTERM, SIGINT and SIGHUP stop frontends,
// orders, catalogs, brokers and etcd, in this order, so that nobody loses what it stands on before it has finished.
// Children end with their parent, however it ends.
//
// The parent opens no ZeroMQ context: it forks at any time. What talks to the store (loading the catalogue, the check
// that it works) is a child of its own, see up_ready.h.
#pragma once

#include <cstdint>
#include <string>

#include "cli/etcd_options.h"

namespace cli {

struct UpOptions {
  unsigned brokers = 0;  // 0: one, or two on etcd
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
  bool cluster = false;              // three etcd members are started, too
  std::string etcd_token = "pygmy";  // by which etcd tells the cluster from others while it is made
  EtcdOptions etcd;                  // members that run already
  std::string http = "8080";         // port of the HTTP bridge, or off
  bool demo = false;                 // who reaches it may kill processes
  std::string log_level = "info";
};

// Exit code: 0 after a stop that was asked for, 2 for options that cannot be, 1 for all else.
int run_up(const UpOptions& options);

}  // namespace cli
