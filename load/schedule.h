// Schedule: says when the requests of a run start, and which of them count.
//
// In a closed loop a request starts when a slot is free, so a store that stalls is asked less. In an open loop, with a
// rate, request i is due at i / rate whatever the store does. Its latency counts from then, so a stall is seen in the
// latencies of all requests that were due while it lasted (no coordinated omission). Requests that start during the
// warm-up do not count.
//
// All times are since the begin of the run. The caller passes the time, so the schedule reads no clock.
// Threads: none. Tests: tests/load/schedule_test.cpp.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"

namespace load {

struct Plan {
  std::optional<double> rate;             // requests a second, more than 0; none: a closed loop
  base::Duration warmup{};                // before the requests that count
  base::Duration length{};                // of the part that counts
  std::optional<std::uint64_t> requests;  // so many count; then `length` does not apply
};

struct Start {
  base::Duration intended;  // the latency counts from here
  bool counts;
};

class Schedule {
 public:
  explicit Schedule(const Plan& plan) : plan_(plan) {}

  // Takes the next request. None: it is not due yet, or the run is over.
  std::optional<Start> next(base::Duration passed);
  // The time of the next request of an open loop. In a closed loop every time will do: zero.
  base::Duration due() const;
  // No further request is to start.
  bool over(base::Duration passed) const;
  // Takes a request of an open loop that was due before the end and did not start. None: there is none left.
  std::optional<Start> missed();

 private:
  base::Duration end() const { return plan_.warmup + plan_.length; }
  Start take(base::Duration at);

  Plan plan_;
  std::uint64_t taken_ = 0;
  std::uint64_t counted_ = 0;
};

}  // namespace load
