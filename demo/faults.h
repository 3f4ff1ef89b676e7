// Faults: which process of a demo is hurt, how and when, from a seed.
//
// A fault begins kLeast to kMost after the end of the one before, so the store meets one at a time, as it promises to
// survive. Half of the faults kill a process. The others pause it for kPauseLeast to kPauseMost. Threads: none, no I/O.
// Tests: tests/demo/faults_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/time.h"

namespace demo {

struct Fault {
  std::string instance;
  base::Duration pause{};  // 0: it is killed
};

class Faults {
 public:
  static constexpr base::Duration kLeast = std::chrono::seconds(4);
  static constexpr base::Duration kMost = std::chrono::seconds(8);
  static constexpr base::Duration kPauseLeast = std::chrono::milliseconds(500);
  static constexpr base::Duration kPauseMost = std::chrono::milliseconds(2500);

  explicit Faults(std::uint64_t seed) : random_(seed) { plan_after({}); }

  // Returns the fault that is due, if there is one. `instances`: those that may be hurt. All times are since the begin.
  std::optional<Fault> next(base::Duration passed, const std::vector<std::string>& instances);

 private:
  void plan_after(base::Duration end);

  base::Random random_;
  base::Duration due_{};
};

}  // namespace demo
