#include "process/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/log.h"

namespace process {
namespace {

using std::chrono::microseconds;

constexpr microseconds kPeriodMin = std::chrono::milliseconds(20);
constexpr microseconds kPeriodMax = std::chrono::hours(1);

std::string taken(const char* variable) {
  const char* value = std::getenv(variable);
  std::string text = value ? value : "";
  ::unsetenv(variable);
  return text;
}

// Returns the address of the socket, empty if the name is not one. `@` begins an abstract name.
std::string address_of(std::string name) {
  const bool is_path = name.size() > 1 && (name.front() == '/' || name.front() == '@');
  if (!is_path || name.size() >= sizeof(sockaddr_un::sun_path)) return {};
  if (name.front() == '@') name.front() = '\0';
  return name;
}

// Returns the period in which the manager expects a WATCHDOG=1 of this process; 0: it expects none.
base::Duration watchdog_period() {
  const auto text = taken("WATCHDOG_USEC");
  const auto pid = taken("WATCHDOG_PID");
  if (!pid.empty() && pid != std::to_string(::getpid())) return {};
  std::int64_t period = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), period);
  if (error != std::errc() || end != text.data() + text.size() || period <= 0) return {};
  return std::clamp(microseconds(period), kPeriodMin, kPeriodMax);
}

// A line break would begin another message.
std::string line_of(const std::string& status) {
  auto line = status.substr(0, ServiceManager::kStatusBytesMax);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

}  // namespace

ServiceManager::ServiceManager() {
  const auto name = taken("NOTIFY_SOCKET");
  const auto period = watchdog_period();
  if (name.empty()) return;
  address_ = address_of(name);
  if (address_.empty()) {
    base::log::warn("NOTIFY_SOCKET is not a path, or is too long: the service manager is told nothing");
    return;
  }
  socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ping_every_ = period / 2;
}

ServiceManager::~ServiceManager() {
  if (socket_ >= 0) ::close(socket_);
}

void ServiceManager::tell(const Report& report, base::Mono now) {
  const bool ready = report.serves && !told_ready_;
  const bool stop = report.stops && !told_stop_;
  const bool ping = report.lives && pings() && now >= ping_at_;
  const auto status = line_of(report.status);
  std::string message = ready ? "READY=1\n" : "";
  if (stop) message += "STOPPING=1\n";
  if (status != told_status_) message += "STATUS=" + status + "\n";
  if (ping) message += "WATCHDOG=1\n";
  look_at_ = now + (pings() ? std::min(kLookEvery, ping_every_) : kLookEvery);
  if (message.empty() || !send(message)) return;
  told_status_ = status;
  told_ready_ |= ready;
  told_stop_ |= stop;
  if (ping) ping_at_ = now + ping_every_;
}

bool ServiceManager::send(const std::string& message) {
  if (socket_ < 0) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, address_.data(), address_.size());
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
  const auto sent = ::sendto(socket_, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), length);
  if (sent < 0 && errno != EAGAIN && !std::exchange(warned_, true))
    base::log::warn("the service manager at NOTIFY_SOCKET cannot be told: {}", std::strerror(errno));
  return sent >= 0;
}

}  // namespace process
