// Routes: knows the processes of the store, from heartbeats alone (DESIGN 6).
//
// Reads go to the live replicas of a role in turn. All reads of one round go to one replica, so that they are packed
// into one frame. A replica that is silent for kSilent, catches up, drains or has diverged is skipped while there is
// another one. Writes go to the writer that the stream named last. A process that was silent for kGone gets no more
// requests, and its connection is closed.
//
// A silent process stays known until an operator has it forgotten. A frontend that has just started learns of silent
// processes from the heartbeats of the others, which tell one after the other. An instance that was forgotten is not
// taken from them again for kForgotten. Bounds: kInstancesMax instances; a new one replaces the one that was silent
// longest, if that was silent for kGone. kForgottenMax forgotten ones.
// Threads: none. Tests: tests/frontend/parts_test.cpp, tests/frontend/silent_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/core.h"
#include "base/result.h"
#include "msg/internal.h"

namespace frontend {

class Routes {
 public:
  static constexpr std::size_t kInstancesMax = 1024;
  static constexpr base::Duration kSilent = std::chrono::milliseconds(250);
  static constexpr base::Duration kGone = std::chrono::minutes(1);
  static constexpr base::Duration kForgotten = std::chrono::minutes(1);
  static constexpr std::size_t kForgottenMax = 64;
  // A process that was silent for so long may be forgotten, and the other frontends are told of it.
  static constexpr base::Duration kTold = std::chrono::seconds(1);
  static constexpr std::size_t kSilentBytesMax = 4096;  // of the heartbeat of a silent process that is told

  struct Known {
    msg::Heartbeat beat;
    base::Mono heard;
    bool hung_up = false;
  };

  explicit Routes(std::string host) : host_(std::move(host)) {}

  // Takes a heartbeat. If the instance has moved, returns its old endpoint, which is no longer needed.
  std::optional<base::Endpoint> hear(msg::Heartbeat beat, base::Mono now);
  // The stream, or the leading broker, has named the writer. An older epoch is ignored. Returns whether the epoch is
  // new.
  bool on_writer(base::Epoch epoch, const std::string& replica);
  base::Epoch epoch() const { return epoch_; }
  const std::string& writer_name() const { return writer_; }

  // Takes the instances that the broker has found to differ from others. Returns true if one is new: its earlier
  // answers may be wrong.
  bool on_diverged(const std::vector<std::string>& instances);

  // The endpoint for a read. It differs from `except` if another replica is known; nothing if no replica is known.
  std::optional<base::Endpoint> reader(msg::Role role, const base::Endpoint& except, base::Mono now) const;
  std::optional<base::Endpoint> writer() const;
  // The replica has answered something. Answers, not heartbeats, show that it works; then its requests stay with it.
  void answered(const base::Endpoint& replica, base::Mono now) { answered_[replica] = now; }
  bool has_answered_since(const base::Endpoint& replica, base::Mono since) const;
  // Call it between rounds: the next reads then go to the next replica.
  void turn() { ++turn_; }
  // Returns the endpoints of the instances that have been silent for kGone by now, each once.
  std::vector<base::Endpoint> gone(base::Mono now);

  // Removes a silent instance. Returns its life, or the reason why it is not removed.
  base::Result<msg::Life> forget(const std::string& instance, base::Mono now);
  // The instances that were forgotten in the last kForgotten: through this frontend alone, or through any.
  enum class Through { kUs, kAny };
  std::vector<msg::Life> forgotten(Through through, base::Mono now) const;
  // The next silent process, in turn, for the other frontends. Nothing if no process is silent.
  std::optional<msg::Silent> next_silent(base::Mono now);

  const std::map<std::string, Known>& known() const { return known_; }

 private:
  struct Tombstone {
    base::Incarnation incarnation;
    base::Mono at;
    bool ours;
  };

  base::Endpoint endpoint(const msg::Heartbeat& beat) const;
  bool make_room();
  void bury(const msg::Life& life, bool ours, base::Mono now);
  void hear_forgotten(const std::vector<msg::Life>& lives, base::Mono now);
  void hear_silent(const msg::Silent& silent, const std::string& store, base::Mono now);

  std::string host_;
  std::map<std::string, Known> known_;
  std::map<std::string, Tombstone> forgotten_;
  std::string told_;                               // the silent process that was told last
  std::map<base::Endpoint, base::Mono> answered_;  // time of each replica's last answer
  base::Epoch epoch_;
  std::string writer_;
  std::set<std::string> diverged_;
  std::size_t turn_ = 0;
};

}  // namespace frontend
