#include "demo/faults.h"

namespace demo {
namespace {

base::Duration between(base::Random& random, base::Duration least, base::Duration most) {
  return base::Duration(static_cast<base::Duration::rep>(
      random.between(static_cast<std::uint64_t>(least.count()), static_cast<std::uint64_t>(most.count()))));
}

}  // namespace

void Faults::plan_after(base::Duration end) { due_ = end + between(random_, kLeast, kMost); }

std::optional<Fault> Faults::next(base::Duration passed, const std::vector<std::string>& instances) {
  if (passed < due_ || instances.empty()) return std::nullopt;
  Fault fault{instances[random_.below(instances.size())], {}};
  if (random_.chance(0.5)) fault.pause = between(random_, kPauseLeast, kPauseMost);
  plan_after(passed + fault.pause);
  return fault;
}

}  // namespace demo
