// A point in time as people write it, in UTC: "2026-11-21 18:42:49.505 UTC", as it is printed, or
// "2026-11-21T18:42:49Z". The zone is always UTC. The zone, the fraction of a second (up to three digits) and the
// seconds may be left out; a part that is left out is 0.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace cli {

// Milliseconds since 1970. Fails, with what to write instead, for a text that is not a time.
base::Result<base::WallMs> parse_moment(std::string_view text);

}  // namespace cli
