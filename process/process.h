// The composition roots of the processes (DESIGN 10).
//
// Each run_ function constructs its parts (process/part.h). Then it runs the event loop until SIGTERM, SIGINT or a core
// ends it. It returns 0 for a clean stop; otherwise it prints one line on standard error that says what is wrong and
// what to do, and returns 1.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/core.h"
#include "process/etcd_options.h"
#include "process/key_options.h"

namespace process {

// The options of every process.
struct ProcessOptions {
  std::string instance;
  base::Endpoint listen;
  base::Endpoint ipc;        // empty: none
  base::Endpoint advertise;  // the endpoint that others are told; empty: `listen`
  unsigned heartbeat_ms = 50;
  KeyOptions keys;
  std::string log_level = "info";
  bool log_json = false;
};

struct BrokerOptions {
  ProcessOptions process;
  std::string data;
  std::string journal = "sqlite";
  std::vector<base::Endpoint> brokers;  // of the cluster; this one may be among them
  EtcdOptions etcd;
  std::vector<std::string> members;  // as broker::Config
  unsigned lease_ms = 500;
  std::string currency;  // code of the store's currency; empty: that of the store
};

struct ReplicaOptions {
  ProcessOptions process;
  std::vector<base::Endpoint> brokers;
  std::string data;
  std::uint64_t snapshot_behind = 200'000;  // with more events to replay it first fetches a peer's view; 0: never
};

// Of each client of a frontend.
struct ClientLimits {
  std::uint32_t rate = 0;            // requests a second; 0: no limit
  std::uint32_t burst = 0;           // requests at once; 0: as many as `rate`
  std::uint32_t connections = 1024;  // of one address
};

struct FrontendOptions {
  ProcessOptions process;
  std::vector<base::Endpoint> brokers;
  std::uint64_t cache_bytes = 64 * 1024 * 1024;
  std::uint64_t cache_items = 0;   // number of answers; 0: only `cache_bytes` bounds them
  std::string anonymous = "auto";  // a word of msg::Anonymous; auto: reader with keys, else all
  ClientLimits clients{};
};

struct LogOptions {
  std::string instance;  // named in each line
  std::string level = "info";
  bool json = false;
};

class Part;
using MakeParts = std::function<std::vector<std::unique_ptr<Part>>()>;

// Starts the log, blocks the stop signals, makes the parts and runs them. `listens`: the endpoints of the process;
// their keys are those of `keys`. A reason why the process ended or an exception is printed as one line on standard
// error. Returns the exit code, 0 or 1.
int run_process(const LogOptions& options, const KeyOptions& keys, const std::vector<base::Endpoint>& listens,
                const MakeParts& make);

int run_broker(const BrokerOptions& options);
int run_catalog(const ReplicaOptions& options);
int run_order(const ReplicaOptions& options);
int run_frontend(const FrontendOptions& options);

}  // namespace process
