// `pygmy bridge` translates HTTP to messages and back (docs/HTTP.md).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/core.h"
#include "process/key_options.h"

namespace process {

// The sites from which browsers may use a bridge (bridge/site.h), the bounds of visitors and of tokens
// (bridge/visitors.h, bridge/token_quotas.h), and the certificate.
struct SiteOptions {
  std::vector<std::string> hosts;
  std::vector<std::string> origins;
  std::string labs = "auto";    // on, off, or auto: on if the bridge listens on a loopback address
  std::string tls_certificate;  // file; empty, as tls_key then is: HTTP without TLS
  std::string tls_key;          // file
  // As of bridge::VisitorLimits.
  std::uint32_t rate = 0;
  std::uint32_t burst = 0;
  std::uint32_t connections = 0;
  std::vector<std::string> trusted_proxies;
  std::string bridge_token;    // file, as of bridge::ServerOptions; empty: PYGMY_TOKEN
  std::string webhooks;        // file, as of bridge/webhook_file.h; empty: none
  std::string otlp;            // URL of a collector of traces; empty: none
  double trace_sample = 0.01;  // the part of the requests that no caller traces
  // As of bridge::TokenLimits.
  std::uint32_t token_rate = 0;
  std::uint32_t token_burst = 0;
  std::uint32_t token_requests = 0;
  std::uint32_t token_streams = 0;
};

struct BridgeOptions {
  std::string instance = "bridge-1";
  std::string listen = "127.0.0.1:8080";
  std::vector<base::Endpoint> frontends;         // asked in this order, after the bridge's own edge
  std::vector<base::Endpoint> brokers;           // empty: the bridge holds no edge
  std::uint64_t cache_bytes = 64 * 1024 * 1024;  // of its edge; this and the next as of FrontendOptions
  std::uint64_t cache_items = 0;
  std::string anonymous = "auto";
  KeyOptions keys;
  SiteOptions site;
  bool demo = false;            // visitors may kill and pause the processes of the `up` on `data`
  std::string data = "./data";  // the files of its webhooks are in the directory of its instance there
  std::string log_level = "info";
  bool log_json = false;
};
int run_bridge(const BridgeOptions& options);

// Throws std::runtime_error with a line that says what is wrong with the file of webhooks. `file`: may be empty.
void require_webhooks(const std::string& file);
// The same for the URL of a collector.
void require_collector(const std::string& url);

}  // namespace process
