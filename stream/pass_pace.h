// PassPace: decides when a replica checks the next rows of its view (ADR 20).
//
// A pass over all rows consists of small steps, one in each tick. The next pass begins some time later. Threads: none;
// owned by a replica's core. Tests: tests/stream/pass_pace_test.cpp.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace stream {

class PassPace {
 public:
  // Rows in one tick of 10 ms. A million orders with their keys take 11 minutes and about 1 % of a core.
  static constexpr std::uint32_t kRows = 32;
  // Passes begin at least this far apart; this matters only to small views.
  static constexpr base::Duration kEvery = std::chrono::seconds(1);

  // Returns whether a step is due now. The first step of a pass notes the time.
  bool due(base::Mono now) {
    if (under_way_) return true;
    if (passes_ > 0 && now - began_ < kEvery) return false;
    under_way_ = true;
    began_ = now;
    return true;
  }
  void ended() {
    under_way_ = false;
    ++passes_;
  }
  std::uint64_t passes() const { return passes_; }  // the number of passes that have ended

 private:
  bool under_way_ = false;
  base::Mono began_{};
  std::uint64_t passes_ = 0;
};

}  // namespace stream
