// Monitor: tells which handshakes of a socket failed, and why, and which connections a listening socket has accepted.
//
// After some failures libzmq never dials again (`ended`); the caller must. libzmq's thread waits while a monitor has no
// room, so the queue has no bound but the number of connections between two ticks; an entry has about 200 bytes.
// Private to net/. Lifetime: the socket must outlive this object. Threads: the socket's.
// Tests: tests/net/guard_test.cpp, tests/net/callers_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <zmq.hpp>

namespace net {

class Monitor {
 public:
  enum class Outcome : std::uint8_t {
    kDone,
    kMechanism,  // one end has keys, and the other has none
    kDenied,     // the peer's list does not admit our key
    kClosed,     // the peer closed the connection, or its messages are not those of a handshake
    kCame,       // a listening socket has accepted a connection
    kLeft,       // that connection has ended, with or without a handshake
  };
  struct Event {
    Outcome outcome;
    bool ended = false;
    int descriptor = -1;  // of the connection that came or left
  };

  // `listens`: the events are those of a listening socket, too.
  Monitor(zmq::context_t& context, zmq::socket_t& socket, bool listens);
  ~Monitor();
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;

  // Takes the next event since the last call. Returns false if there is none.
  bool next(Event& event);

 private:
  void* watched_;
  zmq::socket_t events_;
};

}  // namespace net
