#include "process/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/log.h"

namespace process {
namespace {

std::string taken(const char* variable) {
  const char* value = std::getenv(variable);
  std::string text = value ? value : "";
  ::unsetenv(variable);
  return text;
}

// Returns a socket that is connected to `path`, or -1. A path that begins with `@` names an abstract socket.
int connected_to(std::string path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return -1;
  if (path.front() == '@') path.front() = '\0';
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && ::connect(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0) return fd;
  if (fd >= 0) ::close(fd);
  return -1;
}

// The period in which the manager expects a WATCHDOG=1 of this process; 0: it expects none.
base::Duration watchdog_period() {
  const auto microseconds = taken("WATCHDOG_USEC");
  const auto pid = taken("WATCHDOG_PID");
  if (!pid.empty() && pid != std::to_string(::getpid())) return {};
  std::uint32_t period = 0;  // up to an hour
  std::from_chars(microseconds.data(), microseconds.data() + microseconds.size(), period);
  return std::chrono::microseconds(period);
}

}  // namespace

ServiceManager::ServiceManager() {
  const auto path = taken("NOTIFY_SOCKET");
  const auto period = watchdog_period();
  if (path.empty()) return;
  socket_ = connected_to(path);
  ping_every_ = period / 2;
  if (!listens()) base::log::warn("no service manager listens at NOTIFY_SOCKET={}", path);
}

ServiceManager::~ServiceManager() {
  if (listens()) ::close(socket_);
}

void ServiceManager::tell(bool serves, bool stops, base::Mono now) {
  const bool ready = serves && !told_ready_;
  const bool stop = stops && !told_stop_;
  const bool ping = ping_every_ > base::Duration{} && now >= ping_at_;
  const auto message =
      std::string(ready ? "READY=1\n" : "") + (stop ? "STOPPING=1\n" : "") + (ping ? "WATCHDOG=1\n" : "");
  if (message.empty() || !send(message)) return;
  told_ready_ |= ready;
  told_stop_ |= stop;
  if (ping) ping_at_ = now + ping_every_;
}

bool ServiceManager::send(const std::string& message) const {
  return listens() && ::send(socket_, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

}  // namespace process
