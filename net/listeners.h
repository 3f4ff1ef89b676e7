// Listeners: the TCP endpoints at which this process accepts connections, and when it takes no new ones.
//
// While no descriptor is left, libzmq retries accept in a loop and uses a whole processor. So before the last
// descriptors are used (the process needs some for its files), the endpoints are shut: the kernel drops the packets
// that would begin a connection, and a child process closes the connections that wait to be accepted. Connections that
// were accepted go on, and as soon as there is room again, new ones are taken. (libzmq's unbind would end all
// connections of the endpoint.) An ipc endpoint stays open, because only processes of this user reach it. Private to
// net/. Threads: the loop's. Tests: tests/net/listeners_test.cpp
#pragma once

#include <vector>
#include <zmq.hpp>

#include "base/core.h"
#include "base/time.h"

namespace net {

class Listeners {
 public:
  // Descriptors that connections may not use; a quarter of all, if there are few.
  static constexpr int kReservedMax = 64;
  // The time between two counts, for each descriptor in use: counting thousands takes milliseconds.
  static constexpr base::Duration kLookPerDescriptor = std::chrono::microseconds(100);
  // The time between two counts, for each descriptor that connections may still use. No libzmq accepts as fast as that.
  static constexpr base::Duration kLookPerFree = std::chrono::microseconds(10);
  static constexpr base::Duration kLookMax = std::chrono::milliseconds(500);
  static constexpr base::Duration kLogEvery = std::chrono::minutes(1);

  // Throws std::runtime_error as net::bind does. The socket must outlive this object, unless forget() is called first.
  void add(zmq::socket_t& socket, const base::Endpoint& endpoint);

  // Forgets a socket that is about to be destroyed.
  void forget(const zmq::socket_t& socket);

  void on_tick(base::Mono now);
  bool listening() const { return listening_; }

 private:
  struct Place {
    const zmq::socket_t* socket;
    int descriptor;
  };
  void shut(base::Mono now);
  void open();

  std::vector<Place> places_;
  bool listening_ = true;
  base::Mono look_next_{};
  base::Mono log_next_{};
};

}  // namespace net
