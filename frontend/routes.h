// Routes: knows the live processes, from heartbeats alone (DESIGN 6).
//
// Reads go to the live replicas of a role in turn. All reads of one round go to one replica, so that they are packed
// into one frame. A replica that is silent for kSilent, catches up, drains or has diverged is skipped while there is
// another one. Writes go to the writer that the stream named last. Bounds: kInstancesMax instances; an instance that
// was silent for kForget is forgotten and its connection closed. Threads: none. Tests: tests/frontend/parts_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/core.h"
#include "msg/internal.h"

namespace frontend {

class Routes {
 public:
  static constexpr std::size_t kInstancesMax = 1024;
  static constexpr base::Duration kSilent = std::chrono::milliseconds(250);
  static constexpr base::Duration kForget = std::chrono::minutes(1);

  struct Known {
    msg::Heartbeat beat;
    base::Mono heard;
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
  // Forgets the instances that were silent for kForget, and returns their endpoints.
  std::vector<base::Endpoint> forget(base::Mono now);

  const std::map<std::string, Known>& known() const { return known_; }

 private:
  base::Endpoint endpoint(const msg::Heartbeat& beat) const;

  std::string host_;
  std::map<std::string, Known> known_;
  std::map<base::Endpoint, base::Mono> answered_;  // time of each replica's last answer
  base::Epoch epoch_;
  std::string writer_;
  std::set<std::string> diverged_;
  std::size_t turn_ = 0;
};

}  // namespace frontend
