// SnapshotFetch: fetches a copy of a peer's view before a replica starts that is far behind (ADR 16).
//
// It is a core of its own, and runs before the role's. It learns from a leading broker how far behind our view is, and
// from heartbeats which replicas of our role could give their view. It asks the one that has applied most, or the one
// that gave the part that we have. It asks for parts of msg::kSnapshotBytesMax, kWindow of them at a time, and writes
// them in order through a SnapshotSink. Then the process replaces its view and starts, and replays the stream since
// then as always.
//
//   hear a leader: not far behind            -> kReplay
//                  behind, or the events after our view were trimmed -> hear a peer
//   hear a peer:   none within kNoPeer       -> kReplay
//   ask a peer:    all parts, hash right     -> kFetched
//                  its copy is useless       -> ask it for another copy, once
//                  gone, refuses, wrong      -> the next peer; after kPeersMax of them kReplay
//
// A snapshot is only a shorter way: if anything goes wrong, the replica replays from where it is. A lost part is asked
// for again; a part that comes twice, late or out of order is taken once. A part of another snapshot than the begun one
// means that the peer no longer has that one, so the fetch begins anew.
// Bounds: kWindow parts in memory, kPeersKept peers. Threads: none. Tests: tests/stream/snapshot_fetch_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/core.h"
#include "msg/beats.h"
#include "msg/counters.h"
#include "msg/envelope.h"
#include "msg/identity.h"
#include "msg/snapshot.h"
#include "stream/brokers.h"
#include "stream/position.h"

namespace stream {

struct BegunSnapshot {
  msg::SnapshotReply what;  // without bytes
  std::uint64_t have = 0;   // the first bytes that we have
};

// Takes the bytes: storage::SnapshotFile, and the tests' own. If the disk fails, it throws, which ends the process.
class SnapshotSink {
 public:
  virtual ~SnapshotSink() = default;
  // The snapshot that an earlier process has begun.
  virtual std::optional<BegunSnapshot> begun() = 0;
  // Drops it and begins anew.
  virtual void begin(const msg::SnapshotReply& what) = 0;
  virtual void append(base::BytesView bytes) = 0;
  // All bytes are there. Returns whether they have the right hash; then they are on stable storage.
  virtual bool whole(const msg::SnapshotReply& what) = 0;
  virtual void discard() = 0;
};

struct FetchConfig {
  msg::Identity identity;
  std::uint32_t format = 0;         // of our view
  std::uint32_t oldest_format = 0;  // the oldest format that can be upgraded to ours
  std::uint64_t behind = 0;         // events; a replica that misses fewer, or only a small part of the stream, replays
  msg::Pace pace;
  std::vector<base::Endpoint> brokers;  // known from the start; brokers that they announce are followed, too
};

class SnapshotFetch : public base::Core {
 public:
  enum class Outcome { kUnderWay, kReplay, kFetched, kStopped };

  static constexpr std::size_t kWindow = 8;  // parts: 2 MiB, as much as a peer sends in a tick
  // If less than a quarter of the stream is missing, copying everything takes longer.
  static constexpr std::uint64_t kPartOfStream = 4;
  static constexpr std::size_t kPeersMax = 5;
  static constexpr std::size_t kPeersKept = 64;
  static constexpr base::Duration kNoBroker = std::chrono::seconds(1);
  static constexpr base::Duration kNoPeer = std::chrono::seconds(2);
  static constexpr base::Duration kPeerSilent = std::chrono::seconds(2);  // no heartbeat from the peer
  // No part, although the peer sends heartbeats.
  static constexpr base::Duration kNoProgress = std::chrono::seconds(20);
  static constexpr base::Duration kMakingMax = std::chrono::minutes(10);  // while the peer makes the snapshot
  static constexpr base::Duration kAskWhenBusy = std::chrono::milliseconds(100);
  static constexpr base::Duration kAskAgain = std::chrono::milliseconds(500);  // doubled each time until a part comes
  static constexpr base::Duration kAskAgainMax = std::chrono::seconds(8);

  SnapshotFetch(FetchConfig config, Position position, SnapshotSink& sink);

  void on_request(const base::ClientId&, base::BytesView, base::Turn) override {}
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn turn) override;
  void on_published(std::string_view topic, base::BytesView payload, base::Turn turn) override;
  void on_tick(base::Turn turn) override;
  void on_settled(base::Turn turn) override;
  void on_stop(base::Turn turn) override;

  Outcome outcome() const { return outcome_; }
  // The snapshot that was fetched.
  const msg::SnapshotReply& what() const { return begun_->what; }

 private:
  struct Peer {
    base::Endpoint endpoint;
    base::Incarnation incarnation;
    base::Seq applied;
    base::Mono heard;
  };
  struct Part {
    base::Mono asked;
    std::string bytes;  // empty: not here yet
  };

  void heard(const msg::Heartbeat& beat, base::Now now);
  bool is_trimmed(base::Seq applied) const;
  base::Seq least() const;
  void ask_for_another(const std::string& id, const std::string& why, base::Turn turn);
  bool would_do(const std::string& instance, const Peer& peer, base::Mono now) const;
  void consider(base::Turn turn);
  const std::string* best_peer(base::Mono now) const;
  void choose(base::Turn turn);
  void watch_peer(base::Turn turn);
  void ask(base::Turn turn);
  void send(std::uint64_t offset, base::Outbox& out);
  void on_reply(const msg::Message& message, base::Turn turn);
  void refused(const msg::Message& message, base::Turn turn);
  void take(msg::SnapshotReply&& reply, base::Turn turn);
  void begin_anew(const msg::SnapshotReply& reply, base::Turn turn);
  void take_what_is_next();
  void leave_peer(const std::string& why, base::Turn turn);
  void finish(base::Turn turn);
  void end(Outcome outcome, base::Outbox& out);
  bool usable(const msg::SnapshotReply& what) const;
  void beat(base::Turn turn);

  FetchConfig config_;
  Brokers brokers_;
  Position position_;
  SnapshotSink& sink_;
  Outcome outcome_ = Outcome::kUnderWay;
  std::optional<base::Mono> started_;
  std::string store_;  // of the leader
  std::optional<msg::Leadership> leader_;
  base::Mono looks_since_{};  // since when it has been looking for a peer
  std::map<std::string, Peer> peers_;
  std::set<std::pair<std::string, base::Incarnation>> left_;
  std::string peer_;  // instance; empty: none is chosen
  Peer asked_;        // its state when it was chosen
  std::optional<BegunSnapshot> begun_;
  bool confirmed_ = false;               // the peer has the snapshot that we have begun
  std::optional<std::string> useless_;   // id of the peer's useless copy
  std::map<std::uint64_t, Part> parts_;  // under way, by offset
  std::uint64_t last_id_ = 0;
  std::uint64_t valid_from_ = 1;  // answers to earlier requests concern another snapshot or peer
  base::Duration ask_again_ = kAskAgain;
  base::Mono ask_at_{};     // not before this time
  base::Mono part_at_{};    // when the last part came or the peer was chosen
  base::Mono answer_at_{};  // the same, or when it last said `busy`
  msg::Beats beats_{config_.pace};
};

}  // namespace stream
