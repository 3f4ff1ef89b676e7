// Listeners: the endpoints where this process accepts connections, and when it does not.
//
// libzmq tries to accept again and again while there is no descriptor left, and burns a processor with it. So before
// the last ones are gone (the process needs some for its files) nothing listens any more; connections that there are go
// on. As soon as there is room again, it listens as before. Private to net/. Threads: the loop's. Tests:
// tests/net/listeners_test.cpp
#pragma once

#include <string>
#include <vector>
#include <zmq.hpp>

#include "base/core.h"
#include "base/time.h"

namespace net {

class Listeners {
 public:
  static constexpr int kReservedMax = 64;  // descriptors that are not for connections; a quarter, if there are few
  // It counts them again after so long for each: thousands take milliseconds to count.
  static constexpr base::Duration kLookPerDescriptor = std::chrono::microseconds(100);
  static constexpr base::Duration kLogEvery = std::chrono::minutes(1);

  // Throws std::runtime_error as net::bind does. The socket outlives this.
  void add(zmq::socket_t& socket, const base::Endpoint& endpoint);

  void on_tick(base::Mono now);
  bool listening() const { return listening_; }

 private:
  struct Place {
    zmq::socket_t* socket;
    std::string bound;  // as libzmq calls it
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
