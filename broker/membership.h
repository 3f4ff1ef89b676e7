// Membership: who beats, and who of them is to be the writer (DESIGN 4, 6).
//
// A writer is appointed when there is none, when the one that is has been silent for writer_timeout, when its instance
// beats with another incarnation (it has restarted), when its view has diverged, and when it resigns. The candidate is
// a live order replica of our store, heard within writer_timeout, that has not diverged; the one that has applied most,
// the first by name of equals.
//
// Silence means something only while we listen: right after opening, after an appointment, and after a time in which
// the broker itself was not running, the writer is given writer_timeout to be heard.
//
// Bounds: kMembersMax instances; a new one takes the place of the one that has been silent longest, if that is silent
// for kForgetMember at least. Threads: none; owned by the broker core. Tests: tests/broker/membership_test.cpp.
#pragma once

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
  static constexpr std::size_t kNamesakesTold = 8;  // they are part of each heartbeat
  static constexpr base::Duration kForgetMember = std::chrono::seconds(10);
  // Longer than a supervisor waits before it starts again what ends itself, as such a member does.
  static constexpr base::Duration kForgetAhead = std::chrono::minutes(1);
  static constexpr std::size_t kAheadMax = 64;

  // `members`: as Digests; where they are known, what others say of the stream and of the time does not count.
  Membership(base::Duration writer_timeout, base::Mono opened, std::set<std::string> members = {});

  // What became of a heartbeat; only what was taken is relayed.
  enum class Heard { kTaken, kMalformed, kForeign, kAhead, kFull, kNamesake };
  // `store` is ours, `commit` where the stream stands.
  Heard heard(base::BytesView payload, const std::string& store, base::Seq commit, base::Mono now);

  // Call about every tick: tells a silent writer from a deaf broker.
  void listening(base::Mono now);
  // Who has to be appointed, if anybody has to and can. `control` is what the stream will say once all is committed.
  std::optional<msg::WriterAppointed> successor(const msg::Control& control, base::Mono now) const;
  // Who can follow a writer that resigns: never itself.
  std::optional<msg::WriterAppointed> successor_of_resigned(const msg::Control& control, base::Mono now) const;
  void appointed(base::Mono now) { grace_from_ = now; }

  // The member that has applied most of those that have applied more of our stream than there is. A journal that is an
  // older copy is noticed by that: the events between are in views alone, and nothing may take their seqs.
  struct Ahead {
    base::Seq applied;
    base::Mono since{};  // when it was heard so first
    base::Mono heard{};
  };
  std::optional<std::pair<std::string, Ahead>> ahead(base::Mono now) const;

  // Who needs what comes before this seq, if anybody does: who is heard and has not applied it, or a role of whose
  // views not so many as `views_min` are durably past it.
  std::optional<std::string> needs(base::Seq before, int views_min, base::Mono now) const;

  // A sentence for each instance name under which two processes run; kNamesakesTold at most.
  std::vector<std::string> namesakes(base::Mono now) const;
  // The time that the broker may stamp on events. `stream`: the time of the last event.
  base::WallMs credible_time(base::Now now, base::WallMs stream) { return clock_.at(now, stream); }
  std::optional<std::string> clock_trouble() const;
  std::vector<std::string> diverged() const { return digests_.diverged(); }
  std::optional<std::vector<msg::Convict>> guilty() const { return digests_.guilty(); }
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
  };

  bool counts(const std::string& instance) const { return known_.empty() || known_.count(instance) != 0; }
  void note_ahead(const msg::Heartbeat& beat, base::Mono now);
  bool make_room(base::Mono now);
  bool writer_serves(const msg::Control& control, base::Mono now) const;
  std::optional<msg::WriterAppointed> best(const std::string& except, base::Mono now) const;

  const base::Duration writer_timeout_;
  const std::set<std::string> known_;
  std::map<std::string, Member> members_;
  std::map<std::string, Ahead> ahead_;
  base::Mono grace_from_;
  base::Mono listened_;
  Digests digests_;
  base::CredibleTime clock_;
};

}  // namespace broker
