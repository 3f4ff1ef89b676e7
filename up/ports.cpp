#include "up/ports.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <thread>

#include "base/time.h"

namespace up {
namespace {

// If `up` is killed, its children end by themselves within this time.
constexpr base::Duration kLeftoverWait = std::chrono::seconds(4);

std::optional<in_addr> address_of(const std::string& bind) {
  in_addr address{};
  if (bind == "*") return address;  // INADDR_ANY
  if (::inet_pton(AF_INET, bind.c_str(), &address) != 1) return std::nullopt;
  return address;
}

// Listens on the port for a moment. Returns 0, or the errno. SO_REUSEADDR is set as libzmq sets it, so a port whose
// last user has ended counts as free.
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
  std::string bind;
  unsigned port = 0;
  int error = 0;
};

std::optional<PortTrouble> try_ports(const std::vector<ChildPlan>& plans) {
  for (const auto& child : plans) {
    for (const unsigned port : child.ports) {
      if (const int error = try_port(*address_of(child.bind), port)) return PortTrouble{child.bind, port, error};
    }
  }
  return std::nullopt;
}

}  // namespace

bool is_address(const std::string& bind) { return address_of(bind).has_value(); }

void require_ports(const std::vector<ChildPlan>& plans, const UpOptions& options, bool leftovers) {
  const auto give_up = base::now().mono + kLeftoverWait;
  auto trouble = try_ports(plans);
  while (trouble && leftovers && base::now().mono < give_up) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    trouble = try_ports(plans);
  }
  if (!trouble) return;
  if (trouble->error == EADDRINUSE && options.http == std::to_string(trouble->port)) {
    throw std::runtime_error(fmt::format(
        "port {} of the HTTP bridge is in use; choose another with --http PORT, or start no bridge: --http off",
        trouble->port));
  }
  if (trouble->error == EADDRINUSE) {
    throw std::runtime_error(
        fmt::format("port {} is in use, perhaps by another store; choose other ports with --port-base", trouble->port));
  }
  throw std::runtime_error(fmt::format("cannot listen on {}:{}: {}; see --bind and --port-base", trouble->bind,
                                       trouble->port, strerror(trouble->error)));
}

}  // namespace up
