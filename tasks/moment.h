// Reads a point in time: "2026-11-21 18:42:49.505 UTC", as pygmy prints it, or "2026-11-21T18:42:49Z". The zone is
// always UTC and may be left out. The seconds and the fraction of a second (up to three digits) may be left out, too;
// they are then 0.
#pragma once

#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace tasks {

// Returns milliseconds since 1970 UTC. If the text is not a time, the error says how to write one.
base::Result<base::WallMs> parse_moment(std::string_view text);
// True if the text has the length of a date alone.
bool is_date(std::string_view text);
// As parse_moment(); a date alone is its beginning.
base::Result<base::WallMs> parse_begin(std::string_view text);

}  // namespace tasks
