// Bus: hands requests, replies and publications from one core of a loop to another, in memory.
//
// It carries the bytes that would have gone over the wire, and a core that receives them is told what it would be told
// by a socket (docs/adr/0031-a-local-bus.md):
//   request      waits in the receiver's Router, in the same Backlog as the requests of sockets. The sender is known
//                there by a routing id, one for each endpoint that it dials. If there is no room, it is refused.
//   reply        goes back to the sender that has the routing id. The receiver's Unread counts it until it is told.
//   publication  reaches the cores that have subscribed to its topic at the publisher, or that the publisher dials.
// A hang-up ends a connection as it does with sockets: what has not been told is lost, and the next request dials
// anew, with another routing id.
//
// A frame that libzmq would not let through is not let through here (Kind::bytes_max); only the sender counts it then,
// and no connection is cut.
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
    Router* router = nullptr;  // where requests wait; null: this core serves nobody
    Lanes lanes;
    std::vector<std::string> topics;
    std::set<Seat*> publishers;   // this one has subscribed to them
    std::set<Seat*> subscribers;  // they get what this one publishes
  };

  // Whether a routing id is of the bus. libzmq's own have five bytes; a peer that claims such a one is not heard.
  static bool is_local(const std::string& routing) { return routing.size() == 9 && routing[0] == '\0'; }

  void join(Seat& seat, const Sockets& sockets);
  void leave(Seat& seat);

  // `endpoint` is of a core on this bus.
  bool knows(const base::Endpoint& endpoint) const { return servers_.count(endpoint) != 0; }

  // Subscribes to the core that publishes at this endpoint. False: no core on this bus does.
  bool subscribe(Seat& seat, const base::Endpoint& publisher);
  // From now on the core that hears publications at this endpoint gets those of this one.
  bool publish_to(Seat& seat, const base::Endpoint& subscriber);

  // To an endpoint that the bus knows.
  void send(Seat& from, const base::Endpoint& to, base::Bytes frame);
  // False: the one that asked has hung up.
  [[nodiscard]] bool reply(const std::string& routing, Lanes::Reply reply);
  // Returns how many subscribers had no room for it.
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
