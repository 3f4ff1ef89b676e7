// The processes of a store: a composition root each (DESIGN 10).
//
// Each builds what it needs in dependency order (lock, store or journal, core, sockets), runs the one loop until
// SIGTERM, SIGINT or the core ends it, and returns the exit code: 0 for a clean stop, 1 after one line on standard
// error that says what is wrong and what to do.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/core.h"
#include "cli/etcd_options.h"

namespace cli {

// What every process has.
struct ProcessOptions {
  std::string instance;
  base::Endpoint listen;
  base::Endpoint ipc;        // empty: none
  base::Endpoint advertise;  // what others are told instead of `listen`; empty: the same
  unsigned heartbeat_ms = 50;
  std::string log_level = "info";
  bool log_json = false;
};

struct BrokerOptions {
  ProcessOptions process;
  std::string data;
  std::string journal = "sqlite";
  std::vector<base::Endpoint> brokers;  // of the cluster; this one may be among them
  EtcdOptions etcd;
  unsigned lease_ms = 500;
};

struct ReplicaOptions {
  ProcessOptions process;
  std::vector<base::Endpoint> brokers;
  std::string data;
  std::uint64_t snapshot_behind = 200'000;  // events; further behind it fetches a peer's view
};

struct FrontendOptions {
  ProcessOptions process;
  std::vector<base::Endpoint> brokers;
  std::uint64_t cache_bytes = 64 * 1024 * 1024;
};

// Starts the log, blocks the signals that mean stop, and runs `body`, which returns why the process ended; that and
// every exception become one line and an exit code.
int run_process(const ProcessOptions& options, const std::function<std::string()>& body);

int run_broker(const BrokerOptions& options);
int run_catalog(const ReplicaOptions& options);
int run_order(const ReplicaOptions& options);
int run_frontend(const FrontendOptions& options);

}  // namespace cli
