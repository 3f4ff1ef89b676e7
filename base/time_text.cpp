#include "base/time_text.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace base {

std::string span_text(std::int64_t milliseconds) {
  for (const auto& unit : kSpanUnits) {
    if (milliseconds % unit.milliseconds == 0) return fmt::format("{}{}", milliseconds / unit.milliseconds, unit.name);
  }
  return {};
}

std::string instant_text(WallMs milliseconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(milliseconds / 1000)),
                     milliseconds % 1000);
}

}  // namespace base
