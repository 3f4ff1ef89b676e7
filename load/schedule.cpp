#include "load/schedule.h"

#include <cmath>

namespace load {

std::optional<Start> Schedule::next(base::Duration passed) {
  if (over(passed) || due() > passed) return std::nullopt;
  return take(plan_.rate ? due() : passed);
}

base::Duration Schedule::due() const {
  if (!plan_.rate) return {};
  return base::Duration(static_cast<std::int64_t>(std::ceil(static_cast<double>(taken_) * 1e9 / *plan_.rate)));
}

bool Schedule::over(base::Duration passed) const {
  if (plan_.requests) return counted_ == *plan_.requests;
  return passed >= end() || due() >= end();
}

std::optional<Start> Schedule::missed() {
  if (!plan_.rate || plan_.requests || due() >= end()) return std::nullopt;
  return take(due());
}

Start Schedule::take(base::Duration at) {
  const Start start{at, at >= plan_.warmup};
  ++taken_;
  if (start.counts) ++counted_;
  return start;
}

}  // namespace load
