// Replica: the common part of all followers of the stream that answer requests.
//
// It follows the stream (Follower: gaps, replay, order), publishes the heartbeat, and keeps requests with a `min` that
// is not applied yet (DESIGN 5.6). catalog::Core and order::Core own one and give it their View.
//
// A request goes from on_request to View::answer; if its `min` is not applied yet, it waits in between. `snapshot` goes
// to the SnapshotServer instead, because it asks for the whole view, whatever is applied. A block comes by on_published
// or in a replay, and goes through the Follower to View::apply. Then waiting requests are answered. A view that has
// diverged (ADR 20) applies nothing more and answers only `rows`; its heartbeats say why. After kTold the process must
// make it anew (ADR 27), unless it did so a short while ago.
//
// Bounds: at most kWaitingMax requests of at most kWaitingBytesMax wait; a further one is refused as `busy` and
// forgotten. A request whose deadline has passed is dropped. Threads: none. Tests: tests/stream.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "base/log.h"
#include "msg/beats.h"
#include "msg/counters.h"
#include "msg/envelope.h"
#include "msg/events.h"
#include "msg/identity.h"
#include "stream/follower.h"
#include "stream/position.h"

namespace stream {

class SnapshotServer;

struct ReplicaConfig {
  msg::Identity identity;
  std::vector<base::Endpoint> brokers;
  msg::Pace pace;
  SnapshotServer* snapshots = nullptr;  // must outlive the replica; null: the replica gives no snapshots of its view
  // A view that diverges from this time on is made anew; without a time it never is.
  std::optional<base::Mono> rebuilds_from;
};

// A decoded request that is not answered yet.
struct Request {
  base::ClientId from;
  msg::Header header;
  base::Bytes body;
  base::Mono arrived;
  base::Mono expires;
};

// The part that the role adds.
class View {
 public:
  virtual ~View() = default;
  // Applies one block, in order. `events` has block.count entries; the first has seq block.first.
  virtual void apply(const msg::Block& block, const std::vector<msg::Event>& events, base::Turn turn) = 0;
  // Answers a request whose `min` is applied. Replies go to out.reply(request.from).
  virtual void answer(const Request& request, base::Turn turn) = 0;
  // Digest of the view at its applied seq.
  virtual msg::DigestAt digest() const = 0;
  virtual std::optional<msg::DigestAt> round_digest() const = 0;
  // The seq up to which the view is on stable storage, so that a power cut leaves it.
  virtual base::Seq durable() const = 0;
  // Commits what was applied, because the process stops at a fault of the stream.
  virtual void keep(base::Now now) = 0;
  // The broker has found, by comparing it with others, that the view is wrong.
  virtual void convicted(const std::string& why, base::Outbox& out) = 0;
};

class Replica {
 public:
  // Within ten heartbeats every other process knows.
  static constexpr base::Duration kTold = std::chrono::milliseconds(500);
  static constexpr std::size_t kWaitingMax = 16'384;
  static constexpr std::size_t kWaitingBytesMax = 64 * 1024 * 1024;  // of bodies; as many as one frontend has under way

  Replica(ReplicaConfig config, Position position, View& view);

  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn);
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn);
  void on_published(std::string_view topic, base::BytesView payload, base::Turn turn);
  void on_tick(base::Turn turn);

  // Answers the requests that waited for a seq that is now applied.
  void wake(base::Turn turn);

  const Position& position() const { return follower_.position(); }
  msg::State state() const;
  void drain() { draining_ = true; }
  // Marks the view as wrong for the rest of this process's life.
  void diverge(const std::string& why);
  const std::optional<std::string>& diverged() const { return diverged_; }
  // The core has asked its process to stop, to put the view aside and to make it anew.
  bool rebuilds() const { return rebuilds_; }
  // The leading broker's last heartbeat.
  const std::optional<msg::Leadership>& leadership() const { return leadership_; }
  const base::Endpoint& broker() const { return follower_.broker(); }
  // Called for refusals by the broker (of `append`), which the Replica does not know.
  std::function<void(const msg::Message&, base::Turn)> on_broker_message;
  // Heartbeats of other processes, which the Replica does not know.
  std::function<void(const msg::Heartbeat&, base::Now)> on_other;
  // For its heartbeats: the process's credible time once it was compared, and what an operator has to look at.
  void tell(std::optional<base::WallMs> at, std::optional<std::string> trouble) {
    at_ = at;
    trouble_ = std::move(trouble);
  }
  // For its heartbeats: whether the view's disk has room for commits.
  void tell_room(bool has_room);
  // Called for a heartbeat of the leading broker.
  std::function<void(const msg::Leadership&, base::Turn)> on_leadership;
  base::Counters& counters() { return counters_; }

 private:
  template <class Step>
  void told(base::Turn turn, Step step);
  void consider_rebuild(base::Mono now, base::Outbox& out);
  bool is_convicted() const;
  void beat(base::Outbox& out);
  void wait(base::Seq min, Request&& request, base::Outbox& out);
  void take(Request&& request, base::Turn turn);
  void refuse(const base::ClientId& to, const msg::InReplyTo& request, const msg::Refusal& refusal, base::Outbox& out);

  ReplicaConfig config_;
  View& view_;
  base::Now now_{};  // of the present call, for the Follower's callback
  base::Outbox* out_ = nullptr;
  Follower follower_;
  std::optional<msg::Leadership> leadership_;
  std::multimap<base::Seq, Request> waiting_;  // by min_seq
  std::size_t waiting_bytes_ = 0;              // of the waiting requests' bodies
  msg::Beats beats_{config_.pace};
  bool draining_ = false;
  std::optional<std::string> diverged_;
  std::optional<base::Mono> diverged_at_;
  bool rebuilds_ = false;
  std::optional<base::WallMs> at_;
  std::optional<std::string> trouble_;
  bool has_room_ = true;
  base::Counters counters_;
  base::log::Throttle malformed_log_;
};

}  // namespace stream
