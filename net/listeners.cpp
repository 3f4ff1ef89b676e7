#include "net/listeners.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
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
// leaves a hole. Counting takes a descriptor itself; if that fails, none is left.
Room descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto all = static_cast<int>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  const auto reserved = std::min(Listeners::kReservedMax, all / 4);
  std::error_code error;
  int used = -1;  // the descriptor that counts is not included
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end; !error && entry != end;
       entry.increment(error)) {
    ++used;
  }
  if (error) return {all, 0, reserved};
  return {used, all - used, reserved};
}

}  // namespace

void Listeners::add(zmq::socket_t& socket, const base::Endpoint& endpoint) {
  bind(socket, endpoint);
  places_.push_back({&socket, socket.get(zmq::sockopt::last_endpoint), true});
}

void Listeners::forget(const zmq::socket_t& socket) {
  std::erase_if(places_, [&](const Place& place) { return place.socket == &socket; });
}

void Listeners::on_tick(base::Mono now) {
  if (places_.empty() || now < look_next_) return;
  const auto room = descriptors();
  look_next_ = now + room.used * kLookPerDescriptor;
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

// libzmq closes an endpoint some time after the request. Until then bind fails, and the next tick tries again.
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
