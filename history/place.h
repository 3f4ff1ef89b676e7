// Places: points in the stream, and the interval of places that an answer agrees with (across.h).
#pragma once

#include "history/operation.h"

namespace history {

using Place = std::uint64_t;
constexpr const char* kTimePart = "time";  // the part of the checker that narrows intervals
constexpr Place kEnd = std::numeric_limits<Place>::max();

inline Place at(base::Seq seq) { return 2 * seq.value(); }
inline Place after(base::Seq seq) { return 2 * seq.value() + 1; }
inline Place before(base::Seq seq) { return 2 * seq.value() - 1; }

// A bound of an interval, the operation that was told of it, and its name in a violation's line.
struct Bound {
  Place place = 0;
  Index told = kNobody;
  std::string_view what;
};

struct Interval {
  Bound from;
  Bound until{kEnd, kNobody, {}};

  void not_before(Place place, Index told, std::string_view what) {
    if (place > from.place) from = {place, told, what};
  }
  void not_after(Place place, Index told, std::string_view what) {
    if (place < until.place) until = {place, told, what};
  }
};

}  // namespace history
