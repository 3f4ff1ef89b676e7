#include "net/listeners.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "base/log.h"
#include "net/sockets.h"

namespace net {
namespace {

struct Room {
  int used;
  int left;
  int reserved;  // descriptors that connections may not use
};

// Counts the descriptors one by one. The lowest free one says nothing, because a connection that has just been closed
// leaves a hole. Counting takes a descriptor itself; if that fails, none is left. A descriptor above the limit was
// inherited and takes no room.
Room descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto all = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  const auto reserved = std::min(Listeners::kReservedMax, all / 4);
  std::error_code error;
  int used = -1;  // the descriptor that counts is not included
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    if (std::stoi(entry->path().filename()) < all) ++used;
  }
  if (error) return {all, 0, reserved};
  return {used, all - used, reserved};
}

// The address at which a socket listens for TCP, as libzmq writes it; empty if it does not.
std::string listens_at(int descriptor) {
  int listens = 0;
  socklen_t size = sizeof listens;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return {};
  sockaddr_storage name{};
  size = sizeof name;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&name), &size) != 0) return {};
  char text[INET6_ADDRSTRLEN] = {};
  if (name.ss_family == AF_INET) {
    const auto& ip = reinterpret_cast<const sockaddr_in&>(name);
    return fmt::format("tcp://{}:{}", ::inet_ntop(AF_INET, &ip.sin_addr, text, sizeof text), ntohs(ip.sin_port));
  }
  if (name.ss_family != AF_INET6) return {};
  const auto& ip = reinterpret_cast<const sockaddr_in6&>(name);
  return fmt::format("tcp://[{}]:{}", ::inet_ntop(AF_INET6, &ip.sin6_addr, text, sizeof text), ntohs(ip.sin6_port));
}

// libzmq does not tell its descriptors, so they are searched for. Returns -1 if none listens at this address.
int descriptor_of(const std::string& bound) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::stoi(entry.path().filename());
    if (listens_at(descriptor) == bound) return descriptor;
  }
  return -1;
}

// The kernel drops all packets that arrive at the listening socket itself; those of its connections have their own.
bool drop_packets(int listener) {
  sock_filter none{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &none};
  return ::setsockopt(listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

void take_packets(int listener) {
  const int unused = 0;
  ::setsockopt(listener, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
}

// Runs in a child process, so it calls nothing that could wait for another thread of the parent. All descriptors but
// the listener's are closed first, because accept() needs one.
[[noreturn]] void close_all_that_wait(int listener) {
  if (listener > 0) ::close_range(0, static_cast<unsigned>(listener) - 1, 0);
  ::close_range(static_cast<unsigned>(listener) + 1, ~0U, 0);
  for (;;) {
    const int waiting = ::accept(listener, nullptr, nullptr);
    if (waiting >= 0) {
      ::close(waiting);
    } else if (errno != ECONNABORTED && errno != EINTR) {
      ::_exit(0);
    }
  }
}

// Accepting takes a descriptor. In this process libzmq's thread, which retries accept in a loop, would take each one
// that is given up for it. A child process has a table of descriptors of its own. If there can be no child now, the
// next look tries again.
void close_waiting(int listener) {
  pollfd waits{listener, POLLIN, 0};
  if (::poll(&waits, 1, 0) <= 0) return;
  const pid_t child = ::fork();
  if (child == 0) close_all_that_wait(listener);
  while (child > 0 && ::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

void Listeners::add(zmq::socket_t& socket, const base::Endpoint& endpoint) {
  bind(socket, endpoint);
  const int descriptor = descriptor_of(socket.get(zmq::sockopt::last_endpoint));
  if (descriptor < 0) return;
  ::fcntl(descriptor, F_SETFL, O_NONBLOCK);  // close_all_that_wait() and libzmq's thread accept side by side
  places_.push_back({&socket, descriptor});
}

void Listeners::forget(const zmq::socket_t& socket) {
  std::erase_if(places_, [&](const Place& place) { return place.socket == &socket; });
}

void Listeners::on_tick(base::Mono now) {
  if (places_.empty() || now < look_next_) return;
  const auto room = descriptors();
  const auto free = std::max(0, room.left - room.reserved);
  look_next_ = now + std::max(room.used * kLookPerDescriptor, std::min<base::Duration>(free * kLookPerFree, kLookMax));
  if (room.left <= room.reserved) {
    shut(now);
  } else if (!listening_ && room.left > room.reserved + room.reserved / 2) {
    open();
  }
}

void Listeners::shut(base::Mono now) {
  for (const auto& place : places_) {
    if (!drop_packets(place.descriptor)) base::log::warn("an endpoint cannot be shut: {}", std::strerror(errno));
    close_waiting(place.descriptor);
  }
  listening_ = false;
  if (now < log_next_) return;
  log_next_ = now + kLogEvery;
  base::log::warn(
      "no descriptors are left for more connections: none is accepted until some are closed; raise the limit "
      "(ulimit -n)");
}

void Listeners::open() {
  for (const auto& place : places_) take_packets(place.descriptor);
  listening_ = true;
}

}  // namespace net
