// The network of a simulation. It treats its users as ZeroMQ's DEALER, ROUTER, PUB and SUB do.
//
// DEALER to ROUTER: one connection per dialler and endpoint, in order both ways. It breaks when an end dies or the link
// is cut. Then messages in flight are lost, and the ROUTER's name for the peer is void. The dialler reconnects by
// itself under a new name, and sends the messages of the last second that it could not send (net/loop.h). PUB to
// SUB: in order per pair; any message may be lost, and the first ones after a restart always are (TRAPS 2). A cut link
// either breaks its connections, or holds messages until it heals (a path that stalls), or drops them (more than TCP
// would do). A link may be slow, or narrow: it carries so many bytes a second, and drops messages that would wait
// longer than kUnsentAge, as at a high-water mark (TRAPS 1, 3). A message may come twice, the second time late (more
// than ZeroMQ would do). Every process has a key, which its messages tell. Between cores of one
// process there is none of this: all that is sent arrives at once and in order (net/bus.h). Threads: none. Tests:
// tests/sim/network_test.cpp.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/core.h"
#include "tests/sim/world.h"

namespace sim {

using NodeNo = std::size_t;

struct Arrival {
  enum class Kind { kRequest, kReply, kPublished, kAct };
  Kind kind = Kind::kAct;
  base::ClientId from;      // kRequest
  base::Endpoint endpoint;  // kReply
  std::string topic;        // kPublished
  std::shared_ptr<const base::Bytes> bytes;
  std::function<void(base::Core&, base::Turn)> act;  // kAct: from the process's own disk or user
  Duration sent{};                                   // kReply: when it left its sender
  std::shared_ptr<const base::Sender> sender;        // null: another core of this process, or its own
};

class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual void arrive(Arrival arrival) = 0;
};

enum class Cut { kNone, kBreak, kHold, kDrop };

class Network {
 public:
  static constexpr Duration kUnsentAge = 1s;

  explicit Network(World& world) : world_(world) {}

  // Adds a process, which is down at first. Its receiver must outlive the network's last event. Without a key it gets
  // that of its name.
  NodeNo join(const std::string& name, Receiver& receiver, std::optional<base::Sender> key = {});
  static base::Endpoint endpoint(const std::string& name) { return "tcp://" + name; }
  static std::string name_of(const base::Endpoint& endpoint) { return endpoint.substr(6); }
  // The two are cores of one process from now on.
  void join_process(NodeNo a, NodeNo b) { places_[b].process = places_[a].process; }
  void subscribe(NodeNo subscriber, NodeNo publisher, std::vector<std::string> topics);
  void up(NodeNo node);
  void down(NodeNo node);

  void send(NodeNo from, const base::Endpoint& to, base::Bytes bytes);
  void reply(NodeNo from, const base::ClientId& to, base::Bytes bytes);
  void publish(NodeNo from, base::Publication publication);
  void hang_up(NodeNo from, const base::Endpoint& to);

  // Cuts one direction; call it twice for both.
  void cut(NodeNo from, NodeNo to, Cut how);
  void heal(NodeNo from, NodeNo to) { cut(from, to, Cut::kNone); }
  void slow(NodeNo from, NodeNo to, Duration extra);
  void narrow(NodeNo from, NodeNo to, std::int64_t bytes_per_second);
  void double_messages(double probability) { double_ = probability; }
  void heal_all();
  void lose_published(double probability) { loss_ = probability; }

 private:
  struct Link {
    Duration latency{};
    Duration extra{};
    Cut cut = Cut::kNone;
    std::int64_t bandwidth = 0;  // bytes a second; 0: any
    Duration free_at{};          // of a narrow link: when it has carried all its messages
  };
  // One direction of a connection. A new `life` voids the messages in flight.
  struct Wire {
    std::uint64_t life = 0;
    Duration last_due{};
    std::deque<Arrival> held;
  };
  struct Unsent {
    Duration at;
    base::Bytes bytes;
  };
  struct Connection {
    std::string routing;  // the ROUTER's name for the dialler; empty if not connected
    Duration ready{};     // no new attempt to connect before this time
    bool flush_due = false;
    std::deque<Unsent> unsent;
    Wire there, back;
  };
  struct Subscription {
    std::vector<std::string> topics;
    Duration ready{};
    Wire wire;
  };
  struct Place {
    std::string name;
    NodeNo process;
    Receiver* receiver = nullptr;
    bool up = false;
    std::shared_ptr<const base::Sender> key;
  };
  using Pair = std::pair<NodeNo, NodeNo>;

  Link& link(NodeNo from, NodeNo to);
  bool passable(NodeNo a, NodeNo b);
  bool local(NodeNo a, NodeNo b) const { return places_[a].process == places_[b].process; }
  void flush(NodeNo dialler, NodeNo server);
  void carry(NodeNo from, NodeNo to, Wire& wire, Arrival arrival);
  bool may_double(NodeNo from, NodeNo to, const Arrival& arrival) const;
  Duration due(NodeNo from, NodeNo to, const Arrival& arrival);
  void deliver(NodeNo from, NodeNo to, Wire& wire, Duration at, Arrival arrival);
  void release(NodeNo from, NodeNo to);
  void disconnect(Connection& connection);
  void break_between(NodeNo a, NodeNo b);
  void reconnect_later(NodeNo dialler, NodeNo server);
  static void void_wire(Wire& wire);

  World& world_;
  double loss_ = 0;
  double double_ = 0;
  std::vector<Place> places_;
  std::map<base::Endpoint, NodeNo> by_endpoint_;
  std::map<Pair, Link> links_;
  std::map<Pair, Connection> connections_;  // (dialler, server)
  std::map<std::string, Pair> by_routing_;
  std::map<Pair, Subscription> subscriptions_;  // (publisher, subscriber)
  std::uint64_t last_routing_ = 0;
};

}  // namespace sim
