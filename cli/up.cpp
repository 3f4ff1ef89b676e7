#include "cli/up.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/file_lock.h"
#include "cli/process_host.h"
#include "cli/tasks.h"
#include "cli/up_plan.h"
#include "cli/up_ready.h"
#include "cli/up_state.h"
#include "cli/up_supervisor.h"

namespace cli {
namespace {

// A killed `up` takes its children along, but they take this long at most to finish.
constexpr base::Duration kLeftoverWait = std::chrono::seconds(4);

int complain(int exit_code, const std::string& what) {
  fmt::print(stderr, "pygmy up: {}\n", what);
  return exit_code;
}

std::optional<in_addr> address_of(const std::string& bind) {
  in_addr address{};
  if (bind == "*") return address;  // INADDR_ANY
  if (::inet_pton(AF_INET, bind.c_str(), &address) != 1) return std::nullopt;
  return address;
}

// The errno of listening there, 0 if it works. The same option as libzmq sets: a port whose last user is gone is free.
int try_port(in_addr address, unsigned port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int yes = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in place{};
  place.sin_family = AF_INET;
  place.sin_addr = address;
  place.sin_port = htons(static_cast<std::uint16_t>(port));
  const bool free = ::bind(fd, reinterpret_cast<const sockaddr*>(&place), sizeof place) == 0 && ::listen(fd, 1) == 0;
  const int error = free ? 0 : errno;
  ::close(fd);
  return error;
}

struct PortTrouble {
  unsigned port = 0;
  int error = 0;
};

std::optional<PortTrouble> try_ports(const std::vector<ChildPlan>& plans, in_addr address) {
  for (const auto& child : plans) {
    for (const unsigned port : child.ports) {
      if (const int error = try_port(address, port)) return PortTrouble{port, error};
    }
  }
  return std::nullopt;
}

// After an `up` that was killed, its children may still be finishing: wait for them a little.
void require_ports(const std::vector<ChildPlan>& plans, const UpOptions& options, bool leftovers) {
  const auto address = *address_of(options.bind);
  const auto give_up = base::now().mono + kLeftoverWait;
  auto trouble = try_ports(plans, address);
  while (trouble && leftovers && base::now().mono < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    trouble = try_ports(plans, address);
  }
  if (!trouble) return;
  if (trouble->error == EADDRINUSE && options.http == std::to_string(trouble->port)) {
    throw std::runtime_error(
        fmt::format("port {} of the HTTP bridge is in use; choose another with --http PORT, or do without: --http off",
                    trouble->port));
  }
  if (trouble->error == EADDRINUSE) {
    throw std::runtime_error(
        fmt::format("port {} is in use (a store that runs already?); choose others with --port-base", trouble->port));
  }
  throw std::runtime_error(fmt::format("cannot listen on {}:{}: {}; see --bind and --port-base", options.bind,
                                       trouble->port, strerror(trouble->error)));
}

void require_catalogue(const std::string& file) {
  if (file.empty()) return;
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error) || ::access(file.c_str(), R_OK) != 0) {
    throw std::runtime_error(fmt::format("cannot read the catalogue {}; see --catalogue", file));
  }
}

int supervise(const UpOptions& options) {
  require_catalogue(options.catalogue);
  make_directory(options.data);
  const auto data = std::filesystem::canonical(options.data).string();
  base::FileLock lock(data + "/up.lock");
  make_directory(data + "/log");
  make_directory(data + "/run");
  const auto plans = plan(options, data);
  require_ports(plans, options, std::filesystem::exists(up_state_path(data)));
  for (const auto& child : plans) {
    if (!child.directory.empty()) make_directory(child.directory);
  }
  // Before anything runs: a row that cannot be loaded, named by FILE:LINE on standard error.
  if (!options.catalogue.empty() && run_self({"import", options.catalogue, "--dry-run"}, true) != 0) return 1;
  return Supervisor(options, data, plans).run();
}

}  // namespace

int run_up(const UpOptions& asked) {
  UpOptions options = asked;
  if (options.cluster) options.journal = "etcd";
  if (options.brokers > 1 && options.journal == "sqlite") {
    return complain(kUsage, "the sqlite journal has one broker; several want --cluster, or --journal etcd");
  }
  if (!address_of(options.bind)) return complain(kUsage, fmt::format("--bind {}: write an IPv4 address", options.bind));
  if (options.lease_ms < 3 * options.heartbeat_ms) {
    return complain(kUsage, fmt::format("--lease-ms {} is too short: at least three times --heartbeat-ms {}",
                                        options.lease_ms, options.heartbeat_ms));
  }
  try {
    return supervise(options);
  } catch (const std::exception& error) {
    return complain(1, error.what());
  }
}

}  // namespace cli
