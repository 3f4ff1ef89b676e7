#include "net/listeners.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "net/sockets.h"

namespace net {
namespace {

struct Room {
  int left;      // descriptors; the kernel gives the lowest one that is free
  int reserved;  // of them, not for connections
};

Room descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto all = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  const auto reserved = std::min(Listeners::kReservedMax, all / 4);
  const int lowest = ::eventfd(0, EFD_CLOEXEC);
  if (lowest < 0) return {0, reserved};
  ::close(lowest);
  return {all - lowest, reserved};
}

}  // namespace

void Listeners::add(zmq::socket_t& socket, const base::Endpoint& endpoint) {
  bind(socket, endpoint);
  places_.push_back({&socket, socket.get(zmq::sockopt::last_endpoint), true});
}

void Listeners::on_tick(base::Mono now) {
  if (places_.empty()) return;
  const auto room = descriptors();
  if (room.left <= room.reserved) {
    close_all(now);
  } else if (!listening_ && room.left > room.reserved + room.reserved / 2) {
    open_all();
  }
}

void Listeners::close_all(base::Mono now) {
  for (auto& place : places_) {
    if (!place.open) continue;
    place.open = false;
    try {
      place.socket->unbind(place.bound);
    } catch (const zmq::error_t& error) {
      base::log::warn("{} cannot be closed: {}", place.bound, error.what());
    }
  }
  listening_ = false;
  if (now < log_next_) return;
  log_next_ = now + kLogEvery;
  base::log::warn(
      "no descriptors are left for more connections: none is accepted until some are closed; raise the limit "
      "(ulimit -n)");
}

// libzmq closes a place some time after it was asked to; until then it cannot be bound, and the next tick tries again.
void Listeners::open_all() {
  for (auto& place : places_) {
    if (place.open) continue;
    try {
      place.socket->bind(place.bound);
      place.open = true;
    } catch (const zmq::error_t&) {
      return;
    }
  }
  listening_ = true;
}

}  // namespace net
