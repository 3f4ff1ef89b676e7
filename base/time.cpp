#include "base/time.h"

#include <time.h>

#include "base/check.h"

namespace base {

Mono BootClock::now() {
  timespec time{};
  CHECK(::clock_gettime(CLOCK_BOOTTIME, &time) == 0, "no clock");
  return Mono(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

Now now() {
  using std::chrono::duration_cast;
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return Now{BootClock::now(), duration_cast<std::chrono::milliseconds>(wall).count()};
}

}  // namespace base
