// Restart: when a child of `up` is started again.
//
// A child that was killed from outside, or was told to stop, comes back at once, however young it was: whoever kills it
// again and again must not make the clients wait for it. A child that ends by itself is held back: first for 50 ms, for
// twice as long after each further early end, and for 5 s at most. A long life is forgiven.
//
// A pure function of what happened and when. Threads: none. Tests: tests/cli/up_restart_test.cpp.
#pragma once

#include "base/time.h"

namespace cli {

enum class End {
  kFromOutside,  // killed by a signal that somebody sent, or stopped with exit code 0
  kByItself,  // another exit code, or a signal that a process brings on itself: SIGABRT after a failed CHECK, SIGSEGV
  kUnfit,     // exit code 1 or 2: it has said that it cannot run
};

// `status` is that of waitpid. A program of ours ends with exit code 0 only when it is told to; others may do so by
// themselves.
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
  // It is not started now; the time has come again after `wait`.
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

}  // namespace cli
