// Station: one core of a loop, the sockets it talks through (net/loop.h), its seat on the local bus, and its outbox.
//
// Private to net/. Threads: the loop's. Tests: tests/net/loop_test.cpp, tests/net/reactor_test.cpp
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <utility>
#include <vector>
#include <zmq.hpp>

#include "base/core.h"
#include "net/bus.h"
#include "net/callers.h"
#include "net/guard.h"
#include "net/listeners.h"
#include "net/loop.h"
#include "net/monitor.h"
#include "net/readiness.h"
#include "net/router.h"
#include "net/sockets.h"
#include "net/subscribers.h"

namespace net {

// Shared by all stations of a loop.
struct Shared {
  zmq::context_t context{1};
  Bus bus;
  Listeners listeners;
  std::optional<Guard> guard;  // none: the store has no keys
};

class Station {
 public:
  Station(Shared& shared, const Sockets& sockets, base::Core& core);
  ~Station();
  Station(const Station&) = delete;
  Station& operator=(const Station&) = delete;

  void watch(int fd, Watcher ready);
  void wait_with(Waiter& waiter);

  // Takes one turn: tells the core its arrivals within the turn's bounds. The core's effects wait in the outbox.
  void turn();
  void tick(base::Now now);
  void settle(base::Now now) { core_.on_settled({now, outbox_}); }
  void stop(base::Now now) { core_.on_stop({now, outbox_}); }
  // Carries out the effects in the outbox.
  void carry_out();

  // Returns whether another core has handed something over, or the outbox holds effects.
  bool has_arrivals() const {
    return !has_stopped() && (!seat_.lanes.empty() || (router_ && router_->has_arrived()) || !outbox_.empty());
  }
  // Returns whether the next turn has work without waiting.
  bool has_more() const { return has_arrivals() || (!has_stopped() && router_ && router_->has_more()); }
  bool has_stopped() const { return outbox_.stopped().has_value(); }
  const base::Core& core() const { return core_; }
  base::Outbox& outbox() { return outbox_; }
  std::size_t waiting_bytes() const { return router_ ? router_->bytes() : 0; }

 private:
  struct Socket {
    explicit Socket(zmq::socket_t made) : zmq(std::move(made)), readiness(zmq) {}
    zmq::socket_t zmq;
    Readiness readiness;
  };
  // A socket that dials, with its endpoints.
  struct Calls {
    std::vector<base::Endpoint> endpoints;
    std::optional<Monitor> monitor;   // of TCP endpoints
    int closed = 0;                   // handshakes that the peers have closed since the last that succeeded
    std::optional<base::Mono> again;  // when libzmq has given up: dial again then
  };
  // A socket that listens.
  struct Door {
    Door(zmq::context_t& context, zmq::socket_t& socket, std::uint32_t each_max)
        : monitor(context, socket, true), callers(each_max) {}
    Monitor monitor;
    Callers callers;
  };
  // A DEALER to one endpoint, and the frames that could not be sent yet.
  struct Dialled {
    explicit Dialled(zmq::socket_t made) : socket(std::move(made)) {}
    Socket socket;
    Calls calls;
    std::deque<std::pair<base::Mono, base::Bytes>> unsent;
    std::size_t unsent_bytes = 0;
  };
  struct Watched {
    int fd;
    Watcher ready;
    bool is_ready = false;
  };

  void listen(zmq::socket_t& socket, const std::vector<base::Endpoint>& endpoints, Domain domain);
  void bind_all(std::optional<Socket>& socket, const Kind& kind, const std::vector<base::Endpoint>& endpoints);
  void subscribe_to(const base::Endpoint& publisher);
  void publish_to(const base::Endpoint& subscriber);
  void follow(const base::Endpoint& broker);
  bool is_encrypted() const { return key_ || shared_.guard; }

  // Throws std::runtime_error if the endpoint cannot be dialled.
  void dial(zmq::socket_t& socket, Calls& calls, const base::Endpoint& endpoint);
  void dial_again(zmq::socket_t& socket, Calls& calls);
  // Returns why the endpoints of the socket do not let this core in, if they do not.
  std::optional<base::Bar> look_at(Calls& calls, base::Mono now) const;
  void look_at_calls(base::Now now);
  void look_at_doors(base::Mono now);
  void warn(base::Mono now, const std::string& what);

  void take_from_bus();
  void take_publications();
  void take_replies(const base::Endpoint& endpoint, Dialled& dialled);
  void take_subscribers();

  void reply(const base::ClientId& to, base::Bytes frame);
  void send(const base::Endpoint& to, base::Bytes frame);
  void publish(base::Publication publication);
  void hang_up(const base::Endpoint& endpoint);
  void queue(const base::Endpoint& to, base::Bytes frame);
  void drain(Dialled& dialled);

  Shared& shared_;
  base::Core& core_;
  const std::optional<Key> key_;
  const bool is_member_;  // not a client: messages of others tell it what to dial
  std::optional<Router> router_;
  std::optional<Socket> publish_;
  std::optional<Socket> subscribe_;
  bool has_subscribers_ = false;  // publish_ is an XPUB
  bool hears_anybody_ = false;    // subscribe_ is bound
  Calls published_to_;
  Calls subscribed_to_;
  const std::uint32_t each_max_;  // connections of one address to a door
  std::list<Door> doors_;
  Subscribers subscribers_;  // outside this loop
  std::map<base::Endpoint, Dialled> dialled_;
  std::list<Watched> watched_;
  std::vector<zmq::message_t> frames_;
  base::Outbox outbox_;
  Bus::Seat seat_;
  base::Mono log_next_{};
};

}  // namespace net
