// Times as people and logs read them. Threads: none. Tests: tests/base/time_text_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace base {

struct SpanUnit {
  std::string_view name;
  std::int64_t milliseconds;
};
// The largest first.
inline constexpr std::array<SpanUnit, 5> kSpanUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

// A whole number of the largest unit that fits: 86'400'000 is "1d", and 90'000 is "90s".
std::string span_text(std::int64_t milliseconds);

// "2026-11-21T18:42:49.505Z". `milliseconds`: since 1970 UTC, 0 or more.
std::string instant_text(WallMs milliseconds);

}  // namespace base
