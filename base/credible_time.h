// CredibleTime: what time it is, although this host's wall clock may be wrong by years (TRAPS 39, ADR 30).
//
// The stream's time never goes back, so one reading of a clock that is far ahead would be its time for ever. A wall
// clock is believed while it goes with the monotonic clock: a step ahead of more than kStepMax is not. Such a step, and
// the first reading of all, is judged by the clocks of the other hosts: it is believed if at least half of them say so.
// While the clock is not believed, the time goes on by the monotonic clock. It is believed again as soon as it is
// right.
//
// A clock that was behind the stream's time proves nothing when it is set right: without other hosts it is believed
// then. Steps back are followed; the stream does not go back all the same. Bounds: kHostsMax readings of kHeardFor.
// Threads: none. Tests: tests/base/credible_time_test.cpp.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/time.h"

namespace base {

class CredibleTime {
 public:
  static constexpr Duration kStepMax = std::chrono::minutes(10);
  static constexpr Duration kHeardFor = std::chrono::seconds(10);
  static constexpr std::size_t kHostsMax = 64;

  explicit CredibleTime(std::string host = {}) : host_(std::move(host)) {}

  // What a process of some host has read; of our own host it says nothing.
  void heard(const std::string& host, WallMs wall, Mono now);
  // `stream`: the time of the last event.
  WallMs at(Now now, WallMs stream);
  // By how much the wall clock was ahead at the last at(), if it was not believed.
  const std::optional<Duration>& ahead() const { return ahead_; }

 private:
  std::optional<WallMs> of_others(Mono now, WallMs stream) const;
  std::optional<WallMs> by_monotonic(Mono now, WallMs stream) const;

  const std::string host_;
  std::map<std::string, Now> others_;
  std::optional<Now> believed_;  // the last reading that was
  std::optional<Duration> ahead_;
};

}  // namespace base
