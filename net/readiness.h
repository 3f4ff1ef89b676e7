// Readiness: finds out with few system calls whether a ZeroMQ socket can be read or written (TRAPS 7).
//
// A socket has a descriptor (ZMQ_FD) that becomes readable when the socket's state may have changed. It is
// edge-triggered: any call of the socket may take the change in and clear the descriptor. So a socket is asked for its
// state (ZMQ_EVENTS) after each use, and when its descriptor has become readable. Otherwise its last state holds.
// Private to net/. Threads: the loop's. Tests: tests/net/readiness_test.cpp
#pragma once

#include <poll.h>
#include <zmq.hpp>

#include <utility>
#include <vector>

#include "base/time.h"

namespace net {

class Readiness {
 public:
  explicit Readiness(zmq::socket_t& socket);

  // The socket was used (sent, received, bound or connected), so it must be asked again.
  void used() { used_ = true; }
  // The socket was read until it had nothing more. That took every change in, so it need not be asked again, unless a
  // sender waits for room: the change may have been that there is some.
  void drained() { used_ = waits_for_room_; }
  void ask_if_used() {
    if (used_) ask();
  }
  void ask();

  int fd() const { return fd_; }
  // Returns whether the socket can be read. It returns true once; then the socket must be asked again.
  bool begin_reading() {
    used_ |= readable_;
    return std::exchange(readable_, false);
  }
  // `waits`: a sender waits for room, so the socket is ready as soon as it can be written.
  void wait_for_room(bool waits) { waits_for_room_ = waits; }
  bool is_ready() const { return readable_ || (waits_for_room_ && writable_); }

 private:
  zmq::socket_t* socket_;
  int fd_;
  bool used_ = true;
  bool readable_ = false;
  bool writable_ = false;
  bool waits_for_room_ = false;
};

// Waits for sockets and plain descriptors together.
class Waiter {
 public:
  void begin();
  void add(Readiness& socket);
  // Sets `ready` when `fd` is readable.
  void add(int fd, bool& ready);
  // Returns at `until`, or as soon as a socket or descriptor is ready.
  void wait(base::Mono until);

 private:
  std::vector<pollfd> fds_;
  std::vector<Readiness*> sockets_;  // their descriptors come first in fds_
  std::vector<std::pair<int, bool*>> plain_;
};

}  // namespace net
