// Places: points in the stream, and the interval of them that an answer agrees with (across.h).
#pragma once

#include "history/operation.h"

namespace history {

using Place = std::uint64_t;
constexpr const char* kTimePart = "time";  // of the checker: who narrows intervals finds for it
constexpr Place kEnd = std::numeric_limits<Place>::max();

inline Place at(base::Seq seq) { return 2 * seq.value(); }
inline Place after(base::Seq seq) { return 2 * seq.value() + 1; }
inline Place before(base::Seq seq) { return 2 * seq.value() - 1; }

// Who was told so, and what it was: for the one line that explains.
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
