// Routes: who is there, from heartbeats alone (DESIGN 6).
//
// Reads go round robin over the live replicas of a role, one replica for all that leaves together (so that it is
// packed), the next one the next time; replicas that are silent for kSilent, catching up or draining are skipped while
// there is another. Writes go to the writer that the stream named last. Bounds: kInstancesMax instances; one that was
// silent for kForget is forgotten and its connection closed. Threads: none. Tests: tests/frontend/parts_test.cpp.
#pragma once

#include <map>
#include <optional>
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

  // Returns the endpoint that is not needed any more, if the instance has moved.
  std::optional<base::Endpoint> hear(msg::Heartbeat beat, base::Mono now);
  // The stream, or the broker leader, names the writer. An older epoch is ignored; true if this one is new.
  bool on_writer(base::Epoch epoch, const std::string& replica);
  base::Epoch epoch() const { return epoch_; }
  const std::string& writer_name() const { return writer_; }

  // Where to send a read, another one than `except` if there is; none if no replica is known.
  std::optional<base::Endpoint> reader(msg::Role role, const base::Endpoint& except, base::Mono now) const;
  std::optional<base::Endpoint> writer() const;
  // It has answered something. Silence is known from that, not from heartbeats: one that works is left to it.
  void answered(const base::Endpoint& replica, base::Mono now) { answered_[replica] = now; }
  bool has_answered_since(const base::Endpoint& replica, base::Mono since) const;
  // Call between rounds: the next reads go to the next replica.
  void turn() { ++turn_; }
  // Forgets who is long gone, and returns their endpoints.
  std::vector<base::Endpoint> forget(base::Mono now);

  const std::map<std::string, Known>& known() const { return known_; }

 private:
  base::Endpoint endpoint(const msg::Heartbeat& beat) const;

  std::string host_;
  std::map<std::string, Known> known_;
  std::map<base::Endpoint, base::Mono> answered_;  // at last
  base::Epoch epoch_;
  std::string writer_;
  std::size_t turn_ = 0;
};

}  // namespace frontend
