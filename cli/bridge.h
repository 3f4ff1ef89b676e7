// `pygmy bridge`: HTTP to messages and back (docs/HTTP.md), and `pygmy health`, which asks one whether all is well.
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
  bool demo = false;            // processes may be killed and paused over HTTP
  std::string data = "./data";  // of the `up` whose processes those are
  std::string log_level = "info";
  bool log_json = false;
};
int run_bridge(const BridgeOptions& options);

struct HealthOptions {
  std::string of = "127.0.0.1:8080";  // a bridge's HOST:PORT or URL, or another process's tcp://HOST:PORT
};
// Nothing if the answer is 200, else what is wrong.
std::optional<std::string> unhealthy(const std::string& url);
// 0: well; 1: not.
int run_health(const HealthOptions& options);

}  // namespace cli
