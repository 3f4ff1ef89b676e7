// Bus: hands requests, replies and publications from one core of a loop to another, in memory.
//
// It carries the same bytes as the wire would, and calls the receiving core as a socket would
// (docs/adr/0031-a-local-bus.md):
//   request      waits in the receiver's Router, in the same Backlog as the requests from sockets. There the sender has
//                a routing id, one for each endpoint that it dials. If there is no room, the request is refused.
//   reply        goes back to the sender that has the routing id. The receiver's Unread counts it until it is told.
//   publication  reaches the cores that have subscribed to its topic at the publisher, or that the publisher dials.
// A hang-up ends a connection as it does with sockets: all that has not been told is lost, and the next request dials
// anew, with another routing id.
//
// The bus drops a frame that libzmq would not let through (Kind::bytes_max). Then only the sender counts it, and no
// connection is cut.
// Order: first in, first out for each pair of cores and each way. Bounds: those of Backlog, Unread and Lanes.
// Private to net/. Lifetime: a seat lives from join to leave. Threads: the loop's. Tests: tests/net/loop_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/core.h"
#include "net/lanes.h"
#include "net/loop.h"
#include "net/router.h"

namespace net {

class Bus {
 public:
  // One core's end of the bus.
  struct Seat {
    base::Outbox* outbox = nullptr;
    Router* router = nullptr;  // requests wait there; null: this core serves nobody
    Lanes lanes;
    std::vector<std::string> topics;
    std::set<Seat*> publishers;   // this core has subscribed to them
    std::set<Seat*> subscribers;  // they get this core's publications
  };

  // Returns whether the routing id belongs to the bus. libzmq's own have five bytes. A peer on a socket that claims an
  // id of the bus is not heard.
  static bool is_local(const std::string& routing) { return routing.size() == 9 && routing[0] == '\0'; }

  void join(Seat& seat, const Sockets& sockets);
  void leave(Seat& seat);

  // Returns whether a core on this bus serves at the endpoint.
  bool knows(const base::Endpoint& endpoint) const { return servers_.count(endpoint) != 0; }

  // Subscribes to the core that publishes at this endpoint. Returns false if no core on this bus does.
  bool subscribe(Seat& seat, const base::Endpoint& publisher);
  // From now on the core that hears publications at this endpoint gets this core's. Returns false if no core on this
  // bus hears there.
  bool publish_to(Seat& seat, const base::Endpoint& subscriber);

  // Sends to an endpoint that the bus knows.
  void send(Seat& from, const base::Endpoint& to, base::Bytes frame);
  // Returns false if the core that asked has hung up.
  [[nodiscard]] bool reply(const std::string& routing, Lanes::Reply reply);
  // Returns the number of subscribers that had no room for it.
  std::size_t publish(Seat& from, base::Publication publication);
  void hang_up(Seat& from, const base::Endpoint& to);

 private:
  using Dialled = std::pair<Seat*, base::Endpoint>;
  struct Link {
    Dialled dialled;
    Seat* server;
  };

  static void connect(Seat& publisher, Seat& subscriber);
  const std::string& routing_of(const Dialled& dialled, Seat& server);
  void cut(const std::string& routing);

  std::map<base::Endpoint, Seat*> servers_;
  std::map<base::Endpoint, Seat*> publishers_;
  std::map<base::Endpoint, Seat*> hearers_;
  std::map<Dialled, std::string> routings_;
  std::unordered_map<std::string, Link> links_;
  std::uint64_t last_routing_ = 0;
};

}  // namespace net
