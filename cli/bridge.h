// `pygmy bridge` translates HTTP to messages and back (docs/HTTP.md). `pygmy health` asks a process whether it is
// healthy.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/core.h"

namespace cli {

struct BridgeOptions {
  std::string instance = "bridge-1";
  std::string listen = "127.0.0.1:8080";
  std::vector<base::Endpoint> frontends{"tcp://127.0.0.1:7410", "tcp://127.0.0.1:7412"};
  bool demo = false;  // visitors may kill and pause the processes of the `up` on `data`
  std::string data = "./data";
  std::string log_level = "info";
  bool log_json = false;
};
int run_bridge(const BridgeOptions& options);

struct HealthOptions {
  std::string of = "127.0.0.1:8080";  // HOST:PORT or URL of a bridge, or tcp://HOST:PORT of another process
};
// Sends GET `url`. Returns nothing if the status is 200, otherwise what is wrong.
std::optional<std::string> unhealthy(const std::string& url);
// Returns 0 if the process is healthy, otherwise 1.
int run_health(const HealthOptions& options);

}  // namespace cli
