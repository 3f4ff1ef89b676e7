// The pace of a process's heartbeats. The counters are most of a heartbeat's bytes, and only operators read them, so
// not every heartbeat tells them.
//
// Threads: none. Tests: tests/msg/beats_test.cpp.
#pragma once

#include <chrono>

#include "base/time.h"

namespace msg {

struct Pace {
  base::Duration heartbeat = std::chrono::milliseconds(50);
  base::Duration counters = std::chrono::seconds(1);  // a multiple of `heartbeat`, or less
};

class Beats {
 public:
  explicit Beats(Pace pace) : pace_(pace) {}

  // Returns whether a heartbeat is due, and takes it as sent.
  bool due(base::Mono now) {
    if (now < next_) return false;
    next_ = now + pace_.heartbeat;
    tells_counters_ = now >= next_counters_;
    if (tells_counters_) next_counters_ = now + pace_.counters;
    return true;
  }

  // Returns whether the heartbeat that was due last tells the counters. The first one does.
  bool tells_counters() const { return tells_counters_; }

 private:
  Pace pace_;
  base::Mono next_{};
  base::Mono next_counters_{};
  bool tells_counters_ = false;
};

}  // namespace msg
