// `pygmy health` asks a process whether it is healthy.
#pragma once

#include <optional>
#include <string>

namespace tasks {

struct HealthOptions {
  std::string of = "127.0.0.1:8080";  // HOST:PORT or URL of a bridge, or tcp://HOST:PORT of another process
  std::string tls_certificate;        // not empty: HOST:PORT is asked over HTTPS
};
// PEM files for a server that asks for a certificate; all are set, or none.
struct TlsFiles {
  std::string ca;  // of the server's certificate
  std::string certificate;
  std::string key;
};
// Sends GET `url`, which may be of HTTPS; without `files` the server's certificate is not checked. Returns nothing if
// the status is 200, otherwise what is wrong.
std::optional<std::string> unhealthy(const std::string& url, const TlsFiles& files = {});
// Returns 0 if the process is healthy, otherwise 1.
int run_health(const HealthOptions& options);

}  // namespace tasks
