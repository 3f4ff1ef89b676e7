// Subscribers: the subscribers of a PUB that strangers can reach (an XPUB underneath), and the topics that they want.
//
// Our topics are one byte long. libzmq keeps every subscription, of any length, while its peer is connected. So a peer
// that subscribes to anything longer, or sends anything else, is cut off (TRAPS 27), and libzmq forgets its
// subscriptions. Until then, the kernel's buffer bounds the bytes that can arrive at once (kPublish). A peer on ipc
// cannot be cut off, because libzmq does not tell its descriptor; only a process of our own user can be such a peer.
//
// Private to net/. Threads: the loop's. Tests: tests/net/subscribers_test.cpp, tests/process/test_abuse.py
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <zmq.hpp>

#include "base/core.h"
#include "net/guard.h"

namespace net {

class Subscribers {
 public:
  // Reads the messages of subscribers, and returns how many peers were cut off. `guard` gets to know the connections,
  // so that it can cut those of a key that is revoked; null: the store has no keys.
  std::uint64_t take(zmq::socket_t& xpub, Guard* guard = nullptr);
  // Returns whether any subscriber has wanted this topic so far. If not, nothing need be published on it.
  bool want(const std::string& topic) const { return topics_.contains(topic) || topics_.contains(std::string()); }

 private:
  void note(base::BytesView message);

  std::set<std::string> topics_;  // of at most one byte; the empty one stands for all
};

}  // namespace net
