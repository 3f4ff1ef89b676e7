#include "process/places.h"

#include <fmt/format.h>

namespace process {
namespace {

// A socket address (sockaddr_un) holds 107 bytes, and a broker appends "-beat" to its endpoint.
constexpr std::size_t kIpcPathMax = 90;

}  // namespace

base::Endpoint tcp_at(const std::string& host, unsigned port) { return fmt::format("tcp://{}:{}", host, port); }

std::string reachable(const std::string& bind) { return bind == "0.0.0.0" || bind == "*" ? "127.0.0.1" : bind; }

bool has_ipc(const std::string& data) { return (data + "/run/frontend-10.sock").size() < kIpcPathMax; }

base::Endpoint ipc_at(const std::string& data, const std::string& instance) {
  return "ipc://" + data + "/run/" + instance + ".sock";
}

}  // namespace process
