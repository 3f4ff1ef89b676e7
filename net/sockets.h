// Making a ZeroMQ socket the way every one of ours is made (TRAPS 3, 5), and taking messages apart. Private to net/.
//
// No socket has ZMTP heartbeats: libzmq ends the process when one is due on a connection whose input is full and that
// has been reset (TRAPS 25). A peer that is gone, or that takes nothing, is cut off by TCP after kTakesNothing.
#pragma once

#include <chrono>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "base/core.h"
#include "msg/envelope.h"
#include "msg/internal.h"

namespace net {

// TCP_USER_TIMEOUT of every connection: for so long what was sent may stay unacknowledged, or the peer's window closed.
constexpr auto kTakesNothing = std::chrono::seconds(5);

// libzmq counts its queues in messages: each is as long as its messages' size allows. A message that must
// not get lost is recovered by seq or by key, never by a longer queue.
struct Kind {
  zmq::socket_type type;
  int receive;             // messages of one peer that wait to be read
  int send;                // messages that wait for one peer
  std::int64_t bytes_max;  // of a message; libzmq cuts off who sends more
  int kernel_bytes = 0;    // SO_RCVBUF; 0: as the system has it
};
// Emptied in every round into the Backlog; what waits for a peer has no other bound (0) than Unread. Both count bytes.
constexpr Kind kServe{zmq::socket_type::router, 8, 0, msg::kRequestFrameBytesMax};
// More waits in front of it, bounded in bytes (Reactor::kUnsentBytesMax).
constexpr Kind kDial{zmq::socket_type::dealer, 32, 64, msg::kFrameBytesMax};
// A block has about 128 KiB at most. A subscriber that misses some asks for a replay. Subscriptions and ZMTP's commands
// come in, and libzmq keeps each, so as little as possible may arrive at once.
constexpr Kind kPublish{zmq::socket_type::xpub, 16, 256, 256, 16 * 1024};
constexpr Kind kSubscribe{zmq::socket_type::sub, 256, 16, msg::kFrameBytesMax};
constexpr Kind kBeat{zmq::socket_type::pub, 16, 64, 256};
constexpr Kind kHearBeats{zmq::socket_type::sub, 16, 16, msg::kHeartbeatBytesMax + 1};  // with the topic

zmq::socket_t make_socket(zmq::context_t& context, const Kind& kind);

// Throw std::runtime_error with a line that says what to do.
void bind(zmq::socket_t& socket, const base::Endpoint& endpoint);
void connect(zmq::socket_t& socket, const base::Endpoint& endpoint);

// All frames of one message, if one has arrived.
bool receive(zmq::socket_t& socket, std::vector<zmq::message_t>& frames);

// All frames or none.
enum class Sent { kYes, kFull, kGone };  // kFull: the peer does not take more; kGone: it is not there
Sent send(zmq::socket_t& socket, std::vector<zmq::message_t> frames);

// Topic and payload in one frame. False: nobody takes more.
bool publish(zmq::socket_t& socket, const base::Publication& publication);

base::BytesView view(const zmq::message_t& frame);

}  // namespace net
