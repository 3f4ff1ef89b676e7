// A core: the logic of a process, without its I/O.
//
// Every process has the same shape: a core that is told what happened and says what to do, adapters that own the
// libraries, and a main that connects them. A core opens no socket and no file and reads no clock, so the simulation, a
// unit test and the real loop (net/loop.h) call it alike. Frames are bytes, so the simulation runs the codecs too.
//
// Calls of a core:
//   on_request    a frame came in through our ROUTER; `from` names the sender, for the reply
//   on_reply      a frame came in from an endpoint that we dialled (DEALER)
//   on_published  a message came in on our SUB
//   on_barred     an endpoint that we dialled does not let us in
//   on_tick       called every kTick
//   on_settled    everything that arrived together has been delivered: pack what belongs together (one append, one ack)
//   on_stop       SIGTERM: finish the work in progress, take nothing new, then call out.stop()
// Its effects go into the Outbox of the Turn. All messages for one peer until on_settled returns leave as one frame (or
// a few).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/counters.h"
#include "base/sender.h"
#include "base/time.h"

namespace base {

using Bytes = std::string;
using BytesView = std::string_view;
using Endpoint = std::string;  // tcp://host:port or ipc://path

constexpr Duration kTick = std::chrono::milliseconds(10);

// A frame is closed once it has this many bytes, so it has at most this many plus one message.
constexpr std::size_t kFrameBytesTarget = 256 * 1024;

// The sender of a frame through our ROUTER. `delimited`: it is a REQ socket, so replies need an empty first frame.
struct ClientId {
  std::string routing;
  bool delimited = false;
  friend auto operator<=>(const ClientId&, const ClientId&) = default;
};

struct Publication {
  std::string topic;
  Bytes payload;
};

class Outbox {
 public:
  // The open frame for a peer: append whole messages to it.
  Bytes& reply(const ClientId& to) { return open(replies_, to); }
  Bytes& send(const Endpoint& to) { return open(sends_, to); }
  // `topic`: one byte.
  void publish(std::string topic, Bytes payload) { publications_.push_back({std::move(topic), std::move(payload)}); }
  // Closes the connection to an endpoint that is not needed any more.
  void hang_up(const Endpoint& endpoint) { hang_ups_.push_back(endpoint); }
  // Connects to a broker that was not known at the start: subscribes to it, and sends it our publications.
  void follow(const Endpoint& broker) { follows_.push_back(broker); }

  // Ends the process: cleanly if there is no reason, else with this one line for the operator.
  void stop(std::string reason = {}) {
    if (!stopped_) stopped_ = std::move(reason);
  }

  template <class Peer>
  using Frames = std::map<Peer, std::vector<Bytes>>;

  // Counted by the loop that carries this out (drops, refusals): a core tells them in its heartbeat. clear() keeps
  // them.
  Counters& loop_counters() { return loop_counters_; }

  bool empty() const {
    return replies_.empty() && sends_.empty() && publications_.empty() && hang_ups_.empty() && follows_.empty();
  }
  void clear() {
    replies_.clear();
    sends_.clear();
    publications_.clear();
    hang_ups_.clear();
    follows_.clear();
  }
  Frames<ClientId>& replies() { return replies_; }
  Frames<Endpoint>& sends() { return sends_; }
  std::vector<Publication>& publications() { return publications_; }
  std::vector<Endpoint>& hang_ups() { return hang_ups_; }
  std::vector<Endpoint>& follows() { return follows_; }
  const std::optional<std::string>& stopped() const { return stopped_; }

 private:
  template <class Peer>
  static Bytes& open(Frames<Peer>& frames, const Peer& peer) {
    auto& batches = frames[peer];
    if (batches.empty() || batches.back().size() >= kFrameBytesTarget) batches.emplace_back();
    return batches.back();
  }

  Frames<ClientId> replies_;
  Frames<Endpoint> sends_;
  std::vector<Publication> publications_;
  std::vector<Endpoint> hang_ups_;
  std::vector<Endpoint> follows_;
  Counters loop_counters_{kOfLoop};
  std::optional<std::string> stopped_;
};

// One call of a core: its time, the place of its effects, and whose key proved the frame or publication that it brings.
// `sender` is null if the transport trusts the peer as itself: a store without keys, a process of this user on this
// machine, a core of this process, or a broker that proved its own key.
struct Turn {
  Now now;
  Outbox& out;
  const Sender* sender = nullptr;
};

// Why an endpoint that we dialled does not let us in. It is dialled again, because the reason may end.
enum class Bar : std::uint8_t {
  kWantsKey,  // it has keys, and we have none
  kHasNone,   // we have a key, and it has none
  kDenied,    // its list does not admit our key
  kClosed,    // it closed the connection again and again, as to a key of another store
};

class Core {
 public:
  Core() = default;
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  virtual ~Core() = default;

  virtual void on_request(const ClientId& from, BytesView frame, Turn turn) = 0;
  virtual void on_reply(const Endpoint& from, BytesView frame, Turn turn) = 0;
  virtual void on_published(std::string_view topic, BytesView payload, Turn turn) = 0;
  virtual void on_barred(const Endpoint&, Bar, Turn) {}
  virtual void on_tick(Turn turn) = 0;
  virtual void on_settled(Turn turn) = 0;
  virtual void on_stop(Turn turn) = 0;
};

}  // namespace base
