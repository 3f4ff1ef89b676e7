// Restart: decides when a child of `up` is started again.
//
// A child that was killed from outside, or was told to stop, is restarted at once, however young it was: repeated kills
// must not make clients wait for the process. A child that ends by itself is restarted after 50 ms. Each further early
// end doubles that time, up to 5 s. A child that has run for kYoung or longer begins with 50 ms again.
//
// The decision depends only on what happened and when. Threads: none. Tests: tests/up/restart_test.cpp.
#pragma once

#include "base/time.h"

namespace up {

enum class End {
  kFromOutside,  // killed by a signal from outside, or stopped with exit code 0
  kByItself,     // another exit code, or a signal that the process itself caused: SIGABRT after a failed CHECK, SIGSEGV
  kUnfit,        // exit code 1 or 2: it has printed why it cannot run
};

// `status`: from waitpid. `ours`: the child is this program, which ends with exit code 0 only when it is told to stop.
// Another program may end with exit code 0 by itself.
End end_of(int status, bool ours);

class Restart {
 public:
  static constexpr base::Duration kKilled = std::chrono::milliseconds(20);
  static constexpr base::Duration kFirst = std::chrono::milliseconds(50);
  static constexpr base::Duration kLast = std::chrono::seconds(5);
  static constexpr base::Duration kYoung = std::chrono::seconds(5);  // an end before this age is an early one
  static constexpr base::Duration kNoProcess = std::chrono::milliseconds(200);  // until fork is tried again

  void started(base::Mono now) { started_ = now; }
  void ended(End end, base::Mono now);
  // Postpones the start by `wait`.
  void hold(base::Duration wait, base::Mono now) { at_ = now + wait; }

  base::Mono at() const { return at_; }
  bool due(base::Mono now) const { return now >= at_; }
  unsigned refusals() const { return refusals_; }  // early ends of the kind kUnfit, in a row

 private:
  base::Mono started_{};
  base::Mono at_{};
  base::Duration next_ = kFirst;
  unsigned refusals_ = 0;
};

}  // namespace up
