#include "net/subscribers.h"

#include <sys/socket.h>

#include <string>

#include "base/core.h"
#include "net/sockets.h"

namespace net {
namespace {

constexpr int kPerRound = 1024;

// The first byte says that a subscription begins (1) or ends (0); the topic follows. An empty topic means all topics.
bool is_ours(base::BytesView message) {
  return !message.empty() && (message[0] == 0 || (message[0] == 1 && message.size() <= 2));
}

// If the peer has gone meanwhile, its descriptor may already be another connection's. That connection is new and its
// peer connects again. A descriptor that is not a socket stays as it is.
bool cut_off(zmq::message_t& from) {
  try {
    return ::shutdown(from.get(ZMQ_SRCFD), SHUT_RDWR) == 0;
  } catch (const zmq::error_t&) {  // libzmq does not know the descriptor
    return false;
  }
}

}  // namespace

std::uint64_t Subscribers::take(zmq::socket_t& xpub, Guard* guard) {
  std::uint64_t cut = 0;
  zmq::message_t message;
  for (int i = 0; i < kPerRound && xpub.recv(message, zmq::recv_flags::dontwait); ++i) {
    if (guard && !guard->proof_of(message).counts) continue;  // it was cut
    if (is_ours(view(message))) {
      note(view(message));
    } else if (cut_off(message)) {
      ++cut;
    }
  }
  return cut;
}

// The end of a subscription is not noted: libzmq passes on the end of one that its sender never had, so a stranger
// could end those of all others.
void Subscribers::note(base::BytesView message) {
  if (message[0] == 1) topics_.emplace(message.substr(1));
}

}  // namespace net
