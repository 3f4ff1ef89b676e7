// Subscribers: those of a PUB that strangers reach, an XPUB underneath.
//
// Our topics are one byte long. libzmq keeps every subscription, of any length, for as long as its peer is connected,
// so a peer that subscribes to anything longer, or sends anything else, is cut off (TRAPS 27): then libzmq forgets what
// it kept for it. Before it comes to that, the kernel's buffer bounds how much can arrive at once (kPublish). A peer on
// ipc cannot be cut off, for libzmq does not tell its descriptor; only our own user can be one.
//
// Private to net/. Threads: the loop's. Tests: tests/process/test_abuse.py
#pragma once

#include <cstdint>
#include <zmq.hpp>

namespace net {

// Takes what subscribers have sent, and returns how many were cut off.
std::uint64_t take_subscriptions(zmq::socket_t& xpub);

}  // namespace net
