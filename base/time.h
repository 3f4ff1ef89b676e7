// Time, as a core is told it.
//
// `mono` is for leases, timeouts and waiting. It never jumps. It goes on while the machine sleeps (CLOCK_BOOTTIME),
// because leases run on then, both here and elsewhere. `wall` may jump, so it decides nothing: it is only stamped into
// events and shown to people (TRAPS 16). A core reads no clock: its caller passes the time. The caller reads the clock
// after it has received the message, never before: a process that is paused between the two would otherwise compare a
// lease with the time before its pause.
#pragma once

#include <chrono>
#include <cstdint>

namespace base {

using Duration = std::chrono::nanoseconds;

struct BootClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<BootClock, Duration>;
  static constexpr bool is_steady = true;
  static time_point now();
};
using Mono = BootClock::time_point;
using WallMs = std::int64_t;  // milliseconds since 1970-01-01 UTC

constexpr WallMs kWallMax = 253'402'300'799'999;  // the end of the year 9999

struct Now {
  Mono mono;
  WallMs wall = 0;
};

Now now();

inline std::uint64_t micros(Duration duration) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
}

inline double millis(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

}  // namespace base
