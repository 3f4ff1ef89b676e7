// Listeners: the endpoints at which this process accepts connections, and when it stops accepting.
//
// While no descriptor is left, libzmq retries accept in a loop and uses a whole processor. So before the last
// descriptors are used (the process needs some for its files), the process stops listening, which ends its connections.
// As soon as there is room again, it listens again, and ZeroMQ clients dial again. Private to net/. Threads: the
// loop's. Tests: tests/net/listeners_test.cpp
#pragma once

#include <string>
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
  static constexpr base::Duration kLogEvery = std::chrono::minutes(1);

  // Throws std::runtime_error as net::bind does. The socket must outlive this object, unless forget() is called first.
  void add(zmq::socket_t& socket, const base::Endpoint& endpoint);

  // Forgets a socket that is about to be destroyed.
  void forget(const zmq::socket_t& socket);

  void on_tick(base::Mono now);
  bool listening() const { return listening_; }

 private:
  struct Place {
    zmq::socket_t* socket;
    std::string bound;  // the endpoint as libzmq names it
    bool open;
  };
  void close_all(base::Mono now);
  void open_all();

  std::vector<Place> places_;
  bool listening_ = true;
  base::Mono look_next_{};
  base::Mono log_next_{};
};

}  // namespace net
