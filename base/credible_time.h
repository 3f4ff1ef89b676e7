// CredibleTime: the time that a process may stamp on events, although its wall clock may be wrong by years (TRAPS 39,
// ADR 30).
//
// The stream's time never goes back, so one reading of a clock that is far ahead would be its time for ever. A wall
// clock is believed while it agrees with the monotonic clock. A step ahead of more than kStepMax, and the first reading
// that can be compared, are judged by the times that other processes of the store tell: the clock is believed if it is
// at most kStepMax ahead of their lower median. Each process tells its credible time and not its wall clock, so
// processes whose host leaps ahead do not confirm each other. All but the leading broker tell none before they have
// compared it, so a process that starts on such a host misleads nobody. While a clock is not believed, time goes on by
// the monotonic clock. The clock is believed again as soon as it is right.
//
// A clock that was behind the stream's time proves nothing when it is set right: without other processes it is believed
// then. Steps back are followed; the stream does not go back all the same. Bounds: kOthersMax processes, each for
// kHeardFor. Threads: none. Tests: tests/base/credible_time_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/time.h"

namespace base {

class CredibleTime {
 public:
  static constexpr Duration kStepMax = std::chrono::minutes(10);
  static constexpr Duration kHeardFor = std::chrono::seconds(10);
  static constexpr std::size_t kOthersMax = 64;

  // `self`: the instance whose own heartbeats prove nothing.
  explicit CredibleTime(std::string self = {}) : self_(std::move(self)) {}

  // Takes the credible time that another process tells.
  void heard(const std::string& instance, WallMs at, Mono now);
  // Returns the credible time. `stream`: the time of the last event.
  WallMs at(Now now, WallMs stream);
  // The lower median of the times that the others tell. A clock that is behind the stream proves nothing.
  std::optional<WallMs> of_others(Mono now, WallMs stream) const;
  // True if what is believed was compared with other processes. Only then may the process tell others its time.
  bool compared() const { return compared_; }
  // How far the wall clock was ahead at the last at(), if it was not believed.
  const std::optional<std::chrono::milliseconds>& ahead() const { return ahead_; }

 private:
  std::optional<WallMs> by_monotonic(Mono now, WallMs stream) const;

  const std::string self_;
  std::map<std::string, Now> others_;
  std::optional<Now> believed_;  // the last reading that was
  bool compared_ = false;
  std::optional<std::chrono::milliseconds> ahead_;
};

}  // namespace base
