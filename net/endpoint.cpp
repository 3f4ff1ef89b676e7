#include <charconv>
#include <stdexcept>

#include "net/loop.h"

namespace net {
namespace {

base::Endpoint beside(const base::Endpoint& broker, int port_offset, const char* ipc_suffix) {
  if (broker.rfind("ipc://", 0) == 0) return broker + ipc_suffix;
  const auto colon = broker.rfind(':');
  int port = 0;
  const char* end = broker.data() + broker.size();
  if (broker.rfind("tcp://", 0) != 0 || std::from_chars(broker.data() + colon + 1, end, port).ptr != end || port <= 0 ||
      port + port_offset > 65535) {
    throw std::runtime_error("'" + broker +
                             "' is not a broker endpoint: write tcp://HOST:PORT (PORT at most 65533) or ipc://PATH");
  }
  return broker.substr(0, colon + 1) + std::to_string(port + port_offset);
}

}  // namespace

base::Endpoint publish_endpoint(const base::Endpoint& broker) { return beside(broker, 1, "-pub"); }

base::Endpoint heartbeat_endpoint(const base::Endpoint& broker) { return beside(broker, 2, "-beat"); }

}  // namespace net
