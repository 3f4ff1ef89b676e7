#include "net/monitor.h"

#include <fmt/format.h>

#include <atomic>
#include <cstring>
#include <vector>

#include "net/sockets.h"

namespace net {
namespace {

constexpr int kHandshakes = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                            ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
constexpr int kConnections = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED;

std::string new_place() {
  static std::atomic<std::uint64_t> last = 0;
  return fmt::format("inproc://pygmy-monitor-{}", ++last);
}

Monitor::Event event_of(std::uint16_t event, std::uint32_t value) {
  switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
      return {Monitor::Outcome::kDone};
    case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
      return {Monitor::Outcome::kDenied, true};
    case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
      return {value == ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH ? Monitor::Outcome::kMechanism
                                                                  : Monitor::Outcome::kClosed,
              true};
    case ZMQ_EVENT_ACCEPTED:
      return {Monitor::Outcome::kCame, false, static_cast<int>(value)};
    case ZMQ_EVENT_DISCONNECTED:
      return {Monitor::Outcome::kLeft, false, static_cast<int>(value)};
    default:
      return {Monitor::Outcome::kClosed};
  }
}

}  // namespace

// The reader connects before the socket has its first event, because libzmq's thread would wait for a reader.
Monitor::Monitor(zmq::context_t& context, zmq::socket_t& socket, bool listens)
    : watched_(socket.handle()), events_(context, zmq::socket_type::pair) {
  const auto place = new_place();
  events_.set(zmq::sockopt::linger, 0);
  events_.set(zmq::sockopt::rcvhwm, 0);
  const int events = listens ? kHandshakes | kConnections : kHandshakes;
  if (zmq_socket_monitor(watched_, place.c_str(), events) != 0) throw zmq::error_t();
  events_.connect(place);
}

// The socket stops telling before its reader is closed, for the same reason.
Monitor::~Monitor() { zmq_socket_monitor(watched_, nullptr, 0); }

bool Monitor::next(Event& event) {
  std::vector<zmq::message_t> frames;
  while (receive(events_, frames)) {
    if (frames.front().size() < sizeof(std::uint16_t) + sizeof(std::uint32_t)) continue;
    std::uint16_t type = 0;
    std::uint32_t value = 0;
    std::memcpy(&type, frames.front().data(), sizeof type);
    std::memcpy(&value, frames.front().data<char>() + sizeof type, sizeof value);
    if ((type & (kHandshakes | kConnections)) == 0) continue;  // the monitor was stopped
    event = event_of(type, value);
    return true;
  }
  return false;
}

}  // namespace net
