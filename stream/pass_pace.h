// PassPace: when a replica goes over the next rows of its view (ADR 20).
//
// A pass over all rows is made of small steps, one a tick, and the next pass begins some time after that. Threads:
// none; owned by a replica's core. Tests: tests/stream/pass_pace_test.cpp.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace stream {

class PassPace {
 public:
  // In one tick of 10 ms. A million orders with their keys take 11 minutes, and about 1 % of a core.
  static constexpr std::uint32_t kRows = 32;
  static constexpr base::Duration kEvery = std::chrono::seconds(1);  // a new pass at most; matters to small views only

  // Whether a step is to be made now; the first one of a pass notes the time.
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
  std::uint64_t passes() const { return passes_; }  // that have ended

 private:
  bool under_way_ = false;
  base::Mono began_{};
  std::uint64_t passes_ = 0;
};

}  // namespace stream
