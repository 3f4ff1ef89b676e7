// Making a ZeroMQ socket the way every one of ours is made (TRAPS 3, 5), and taking messages apart. Private to net/.
#pragma once

#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

#include "base/core.h"

namespace net {

// Limits of a peer's queue in each direction, in messages; ours are packed, so this is many requests. What must not get
// lost is recovered by seq or by key, never by a longer queue.
constexpr int kQueueMessages = 1000;

zmq::socket_t make_socket(zmq::context_t& context, zmq::socket_type type);

// Throw std::runtime_error with a line that says what to do.
void bind(zmq::socket_t& socket, const base::Endpoint& endpoint);
void connect(zmq::socket_t& socket, const base::Endpoint& endpoint);

// All frames of one message, if one has arrived.
bool receive(zmq::socket_t& socket, std::vector<zmq::message_t>& frames);

// All frames or none. False: the peer is not there or does not take more.
bool send(zmq::socket_t& socket, const std::vector<base::BytesView>& frames);

// Topic and payload in one frame. False: nobody takes more.
bool publish(zmq::socket_t& socket, const base::Publication& publication);

base::BytesView view(const zmq::message_t& frame);

}  // namespace net
