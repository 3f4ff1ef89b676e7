// Subscribers: the subscribers of a PUB that strangers can reach (an XPUB underneath).
//
// Our topics are one byte long. libzmq keeps every subscription, of any length, while its peer is connected. So a peer
// that subscribes to anything longer, or sends anything else, is cut off (TRAPS 27), and libzmq forgets its
// subscriptions. Until then, the kernel's buffer bounds the bytes that can arrive at once (kPublish). A peer on ipc
// cannot be cut off, because libzmq does not tell its descriptor; only a process of our own user can be such a peer.
//
// Private to net/. Threads: the loop's. Tests: tests/process/test_abuse.py
#pragma once

#include <cstdint>
#include <zmq.hpp>

namespace net {

// Reads the messages of subscribers, and returns how many peers were cut off.
std::uint64_t take_subscriptions(zmq::socket_t& xpub);

}  // namespace net
