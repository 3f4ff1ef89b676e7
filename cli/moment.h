// A point in time as people write it, in UTC: "2026-11-21 18:42:49.505 UTC", as it is printed, or
// "2026-11-21T18:42:49Z". The seconds, their fraction (to milliseconds) and the zone, which is always UTC, may be left
// out.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace cli {

// For a time without a fraction of a second, its last millisecond: "18:42:49" takes in all that happened in that
// second.
base::Result<base::WallMs> parse_moment(std::string_view text);

}  // namespace cli
