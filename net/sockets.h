// Makes every ZeroMQ socket of ours in the same way (TRAPS 3, 5), and takes messages apart. Private to net/.
//
// No socket has ZMTP heartbeats: libzmq ends the process if one is due on a connection whose input is full and that was
// reset (TRAPS 25). TCP closes the connection to a peer that is gone or takes nothing, after kTakesNothing.
#pragma once

#include <chrono>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "base/core.h"
#include "msg/envelope.h"
#include "msg/internal.h"
#include "net/key_file.h"

namespace net {

// TCP_USER_TIMEOUT of every connection: how long sent bytes may stay unacknowledged, or the peer's window closed.
constexpr auto kTakesNothing = std::chrono::seconds(5);

// libzmq bounds its queues in messages, so a queue's length is chosen by the size of its messages. A message that must
// not be lost is recovered by seq or by key, never by a longer queue.
struct Kind {
  zmq::socket_type type;
  int receive;             // messages of one peer that may wait to be read
  int send;                // messages that may wait for one peer
  std::int64_t bytes_max;  // of a message; libzmq cuts off a peer that sends more
  int kernel_bytes = 0;    // SO_RCVBUF; 0: the system's default
};
// Each round empties it into the Backlog. Replies to a peer have no bound here (0), only that of Unread. Both count
// bytes.
constexpr Kind kServe{zmq::socket_type::router, 8, 0, msg::kRequestFrameBytesMax};
// More messages wait in front of it, bounded in bytes (Loop::kUnsentBytesMax).
constexpr Kind kDial{zmq::socket_type::dealer, 32, 64, msg::kFrameBytesMax};
// A block has at most about 128 KiB. A subscriber that misses some asks for a replay. Subscriptions and ZMTP's commands
// arrive here, and libzmq keeps each, so as few bytes as possible may arrive at once.
constexpr Kind kPublish{zmq::socket_type::xpub, 16, 256, 256, 16 * 1024};
constexpr Kind kSubscribe{zmq::socket_type::sub, 256, 16, msg::kFrameBytesMax};
constexpr Kind kBeat{zmq::socket_type::pub, 16, 64, 256};
constexpr Kind kHearBeats{zmq::socket_type::sub, 16, 16, msg::kHeartbeatBytesMax + 1};  // with the topic

// `encrypted`: some endpoint of the socket will have keys. Then messages may be larger by what CURVE adds to them.
zmq::socket_t make_socket(zmq::context_t& context, const Kind& kind, bool encrypted = false);

// Keys are for TCP. Other endpoints are open to this user alone.
bool needs_key(const base::Endpoint& endpoint);

// libzmq takes a socket's options at each bind and connect, so these are for the endpoints that are bound or connected
// next. A socket that asks for keys can no longer bind an endpoint without: libzmq would ask about its peers, too, and
// a domain of ZAP cannot be taken away.
void ask_for_keys(zmq::socket_t& socket, const KeyPair& store, const std::string& domain);  // bind
void show_key(zmq::socket_t& socket, const Key& key);                                       // connect
void use_no_keys(zmq::socket_t& socket);                                                    // both

// Both throw std::runtime_error with a line that says what to do.
void bind(zmq::socket_t& socket, const base::Endpoint& endpoint);
void connect(zmq::socket_t& socket, const base::Endpoint& endpoint);

// Receives all frames of one message. Returns false if none has arrived.
bool receive(zmq::socket_t& socket, std::vector<zmq::message_t>& frames);

// Sends all frames or none.
enum class Sent { kYes, kFull, kGone };  // kFull: the peer does not take more; kGone: it is not there
Sent send(zmq::socket_t& socket, std::vector<zmq::message_t> frames);

// Sends topic and payload in one frame. Returns false if the message was dropped.
bool publish(zmq::socket_t& socket, const base::Publication& publication);

base::BytesView view(const zmq::message_t& frame);

}  // namespace net
