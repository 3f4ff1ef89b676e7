#include "net/sockets.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/check.h"

namespace net {
namespace {

constexpr std::string_view kTcp = "tcp://";

// CURVE adds so many bytes to a message. Its own longest message, in a handshake, is shorter than the second bound.
constexpr std::int64_t kCurveAdds = 33;
constexpr std::int64_t kHandshakeBytesMax = 600;

// libzmq has other transports (udp, pgm, ws, vmci, inproc). Neither a typing error nor an endpoint in a message of
// another process may reach them.
void check_transport(const base::Endpoint& endpoint) {
  for (const auto known : {kTcp, std::string_view("ipc://")}) {
    if (endpoint.rfind(known, 0) == 0) return;
  }
  throw std::runtime_error(fmt::format("'{}' is not an endpoint: write tcp://HOST:PORT or ipc://PATH", endpoint));
}

int milliseconds(std::chrono::milliseconds duration) { return static_cast<int>(duration.count()); }

// While nothing is sent, notices a lost peer as early as kTakesNothing does while something is sent.
void keep_alive(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, 1);   // s
  socket.set(zmq::sockopt::tcp_keepalive_intvl, 1);  // s
  socket.set(zmq::sockopt::tcp_keepalive_cnt, 5);
  socket.set(zmq::sockopt::tcp_maxrt, milliseconds(kTakesNothing));
}

}  // namespace

zmq::socket_t make_socket(zmq::context_t& context, const Kind& kind, bool encrypted) {
  zmq::socket_t socket(context, kind.type);
  socket.set(zmq::sockopt::linger, 200);  // ms: last replies and a resignation still leave, a dead peer holds nobody up
  socket.set(zmq::sockopt::sndhwm, kind.send);
  socket.set(zmq::sockopt::rcvhwm, kind.receive);
  socket.set(zmq::sockopt::maxmsgsize,
             encrypted ? std::max(kind.bytes_max + kCurveAdds, kHandshakeBytesMax) : kind.bytes_max);
  // No message is queued for a peer that is not there. A message that such a socket receives has one frame (ADR 13).
  socket.set(zmq::sockopt::immediate, true);
  if (kind.kernel_bytes > 0) socket.set(zmq::sockopt::rcvbuf, kind.kernel_bytes);
  keep_alive(socket);
  socket.set(zmq::sockopt::handshake_ivl, 3000);
  socket.set(zmq::sockopt::reconnect_ivl, 20);
  socket.set(zmq::sockopt::reconnect_ivl_max, 200);
  socket.set(zmq::sockopt::backlog, 1024);
  if (kind.type == zmq::socket_type::router) socket.set(zmq::sockopt::router_mandatory, true);
  return socket;
}

bool needs_key(const base::Endpoint& endpoint) { return endpoint.rfind(kTcp, 0) == 0; }

void ask_for_keys(zmq::socket_t& socket, const KeyPair& store, const std::string& domain) {
  socket.set(zmq::sockopt::zap_domain, domain);
  socket.set(zmq::sockopt::curve_secretkey, store.secret);
  socket.set(zmq::sockopt::curve_server, true);
}

void show_key(zmq::socket_t& socket, const Key& key) {
  socket.set(zmq::sockopt::curve_publickey, key.pair.open);
  socket.set(zmq::sockopt::curve_secretkey, key.pair.secret);
  socket.set(zmq::sockopt::curve_serverkey, key.store);
}

void use_no_keys(zmq::socket_t& socket) { socket.set(zmq::sockopt::curve_server, false); }

void bind(zmq::socket_t& socket, const base::Endpoint& endpoint) {
  check_transport(endpoint);
  try {
    socket.bind(endpoint);
  } catch (const zmq::error_t& error) {
    throw std::runtime_error(
        fmt::format("cannot listen on {}: {}{}", endpoint, error.what(),
                    error.num() == EADDRINUSE ? "; another process has it: stop that one or choose another port" : ""));
  }
}

void connect(zmq::socket_t& socket, const base::Endpoint& endpoint) {
  check_transport(endpoint);
  try {
    socket.connect(endpoint);
  } catch (const zmq::error_t& error) {
    throw std::runtime_error(fmt::format("cannot connect to {}: {}", endpoint, error.what()));
  }
}

bool receive(zmq::socket_t& socket, std::vector<zmq::message_t>& frames) {
  frames.clear();
  do {
    zmq::message_t frame;
    if (!socket.recv(frame, frames.empty() ? zmq::recv_flags::dontwait : zmq::recv_flags::none)) return false;
    frames.push_back(std::move(frame));
  } while (frames.back().more());
  return true;
}

Sent send(zmq::socket_t& socket, std::vector<zmq::message_t> frames) {
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto flags =
        i + 1 < frames.size() ? zmq::send_flags::dontwait | zmq::send_flags::sndmore : zmq::send_flags::dontwait;
    try {
      if (!socket.send(frames[i], flags)) return Sent::kFull;  // only possible at the first frame
    } catch (const zmq::error_t& error) {
      if (error.num() == EHOSTUNREACH) return Sent::kGone;
      throw;
    }
  }
  return Sent::kYes;
}

bool publish(zmq::socket_t& socket, const base::Publication& publication) {
  CHECK(publication.topic.size() == 1, "topic '{}' is not one byte", publication.topic);
  zmq::message_t frame(1 + publication.payload.size());
  *frame.data<char>() = publication.topic.front();
  publication.payload.copy(frame.data<char>() + 1, publication.payload.size());
  return socket.send(frame, zmq::send_flags::dontwait).has_value();
}

base::BytesView view(const zmq::message_t& frame) { return {frame.data<char>(), frame.size()}; }

}  // namespace net
