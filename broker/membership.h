// Membership: knows the live processes from their heartbeats, and chooses the writer (DESIGN 4, 6).
//
// A writer is appointed if there is none, if the writer has been silent for writer_timeout, if its instance has another
// incarnation (it has restarted), if its view has diverged, or if it resigns. A candidate is a live order replica of
// our store, heard within writer_timeout, that has not diverged. The one that has applied most is chosen; of equals,
// the one in the broker's own process, to which no message takes a socket (DESIGN 12), then the first by name.
//
// Silence only counts while the broker listens. After opening, after an appointment, and after a time in which the
// broker itself did not run, the writer gets writer_timeout to be heard.
//
// Bounds: kMembersMax instances. A new one replaces the one that was silent longest, if that was silent for at least
// kForgetMember. Threads: none; owned by the broker core. Tests: tests/broker/membership_test.cpp.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/core.h"
#include "base/credible_time.h"
#include "base/ids.h"
#include "base/time.h"
#include "broker/digests.h"
#include "broker/namesake.h"
#include "msg/events.h"
#include "msg/internal.h"

namespace broker {

class Membership {
 public:
  static constexpr std::size_t kMembersMax = 1024;
  static constexpr std::size_t kInstanceBytesMax = 64;
  // Returns whether a process may have this name. Names reach logs, terminals and pages.
  static bool is_name(std::string_view instance);
  static constexpr std::size_t kNamesakesTold = 8;  // at most so many are part of a heartbeat
  static constexpr base::Duration kForgetMember = std::chrono::seconds(10);
  // A member that is ahead ends itself. This is longer than a supervisor waits before it restarts such a process.
  static constexpr base::Duration kForgetAhead = std::chrono::minutes(1);
  static constexpr std::size_t kAheadMax = 64;

  // Names a process among all of the store.
  struct Process {
    std::string host;
    std::uint64_t pid = 0;
    bool operator==(const Process&) const = default;
  };

  // `members`: as in Digests. If they are known, only their heartbeats count for the end of the stream and for the
  // time. `own`: the broker's process.
  Membership(base::Duration writer_timeout, base::Mono opened, std::set<std::string> members, Process own);

  // The result for a heartbeat. Only taken heartbeats are relayed.
  enum class Heard { kTaken, kMalformed, kForged, kForeign, kAhead, kFull, kNamesake };
  // `store` is ours; `commit` is the end of the stream.
  Heard heard(base::BytesView payload, const std::string& store, base::Seq commit, const base::Sender* sender,
              base::Mono now);

  // Must be called about every tick. It tells a silent writer from a broker that did not listen.
  void listening(base::Mono now);
  // The replica that must be appointed, if there must be a new writer and a candidate exists. `control` is the record
  // after everything accepted is committed.
  std::optional<msg::WriterAppointed> successor(const msg::Control& control, base::Mono now) const;
  // The successor of a writer that resigns; never the writer itself.
  std::optional<msg::WriterAppointed> successor_of_resigned(const msg::Control& control, base::Mono now) const;
  void appointed(base::Mono now) { grace_from_ = now; }

  // Of the members that have applied more of our stream than it has, the one that has applied most. It shows that the
  // journal is an older copy: the later events are only in views, and no other event may take their seqs.
  struct Ahead {
    base::Seq applied;
    base::Mono since{};  // when it was first heard to be ahead
    base::Mono heard{};
  };
  std::optional<std::pair<std::string, Ahead>> ahead(base::Mono now) const;

  // Names a process that needs the events before this seq: a live one that has not applied them, or a role of which
  // fewer than `views_min` views have them on stable storage. Nothing if no process needs them.
  std::optional<std::string> needs(base::Seq before, int views_min, base::Mono now) const;

  // A sentence for each instance name that two processes use; at most kNamesakesTold.
  std::vector<std::string> namesakes(base::Mono now) const;
  // The time that the broker may stamp on events. `stream`: the time of the last event.
  base::WallMs credible_time(base::Now now, base::WallMs stream) { return clock_.at(now, stream); }
  bool clock_compared() const { return clock_.compared(); }
  // The latest time that the broker believes: its own, or that of the other processes if its clock is behind.
  base::WallMs latest_time(base::Now now, base::WallMs stream) {
    const auto own = credible_time(now, stream);
    return std::max(own, clock_.of_others(now.mono, stream).value_or(own));
  }
  std::optional<std::string> clock_trouble() const;
  std::vector<std::string> diverged() const { return digests_.diverged(); }
  std::optional<std::vector<msg::Life>> guilty() const { return digests_.guilty(); }
  std::size_t size() const { return members_.size(); }

 private:
  struct Member {
    msg::Role role = msg::Role::kCatalog;
    base::Incarnation incarnation;
    msg::State state = msg::State::kStarting;
    base::Seq applied;
    base::Seq durable;
    base::Mono heard{};
    Namesake name;
    bool beside = false;  // in the broker's own process
  };

  bool counts(const std::string& instance) const { return known_.empty() || known_.count(instance) != 0; }
  void note_ahead(const msg::Heartbeat& beat, base::Mono now);
  bool make_room(base::Mono now);
  bool writer_serves(const msg::Control& control, base::Mono now) const;
  std::optional<msg::WriterAppointed> best(const std::string& except, base::Mono now) const;

  const base::Duration writer_timeout_;
  const std::set<std::string> known_;
  const Process own_;
  std::map<std::string, Member> members_;
  std::map<std::string, Ahead> ahead_;
  base::Mono grace_from_;
  base::Mono listened_;
  Digests digests_;
  base::CredibleTime clock_;
};

}  // namespace broker
