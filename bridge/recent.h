// Recent: the last 15 minutes of the store, for a control room that is opened or loaded again: the figures of each
// second, the states of the processes, and the events that tell of writers and leases.
//
// The states are kept when they change, and not each second.
//
// Bounds: kAgeMs, kBytesMax and kEventsMax; the oldest go first.
// Threads: none; owned by Metrics. Tests: tests/bridge/recent_test.cpp
#pragma once

#include <deque>
#include <memory>
#include <string>

#include "base/time.h"
#include "bridge/feed.h"
#include "msg/internal.h"

namespace bridge {

class Recent {
 public:
  static constexpr base::WallMs kAgeMs = 15 * 60 * 1000;
  static constexpr std::size_t kBytesMax = 2 * 1024 * 1024;
  static constexpr std::size_t kEventsMax = 200;

  explicit Recent(std::size_t bytes_max = kBytesMax) : bytes_max_(bytes_max) {}

  // `figures`: a JSON object, the Live figures of the second without `status`.
  void second(base::WallMs at, std::string figures, const msg::StatusReply& status);
  void published(const FeedBatch& batch);

  // {"samples":[{the figures, "processes"?:[...]},...],"events":[...]}, from the oldest to the newest. A sample has
  // `processes` if their states differ from those of the sample before.
  std::string json() const;
  std::size_t bytes() const { return bytes_; }

 private:
  struct Sample {
    base::WallMs at;
    std::string figures;
    std::shared_ptr<const std::string> processes;
    std::size_t bytes;
  };
  void forget_oldest();

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<Sample> samples_;
  std::string states_;  // of the last sample, without what changes all the time
  std::deque<std::string> events_;
};

}  // namespace bridge
