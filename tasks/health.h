// `pygmy health` asks a process whether it is healthy.
#pragma once

#include <optional>
#include <string>

namespace tasks {

struct HealthOptions {
  std::string of = "127.0.0.1:8080";  // HOST:PORT or URL of a bridge, or tcp://HOST:PORT of another process
  std::string tls_certificate;        // not empty: HOST:PORT is asked over HTTPS
};
// Sends GET `url`, which may be of HTTPS; then the certificate is not checked. Returns nothing if the status is 200,
// otherwise what is wrong.
std::optional<std::string> unhealthy(const std::string& url);
// Returns 0 if the process is healthy, otherwise 1.
int run_health(const HealthOptions& options);

}  // namespace tasks
