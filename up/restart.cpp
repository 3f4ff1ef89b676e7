#include "up/restart.h"

#include <sys/wait.h>

#include <algorithm>
#include <csignal>

namespace up {
namespace {

// The kernel or abort() sends these signals because of a fault of the process itself.
bool is_own_fault(int signal) {
  constexpr int kFaults[]{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP, SIGXCPU, SIGXFSZ};
  return std::find(std::begin(kFaults), std::end(kFaults), signal) != std::end(kFaults);
}

}  // namespace

End end_of(int status, bool ours) {
  if (WIFSIGNALED(status)) return is_own_fault(WTERMSIG(status)) ? End::kByItself : End::kFromOutside;
  const int code = WEXITSTATUS(status);
  if (code == 1 || code == 2) return End::kUnfit;
  return code == 0 && ours ? End::kFromOutside : End::kByItself;
}

void Restart::ended(End end, base::Mono now) {
  const bool young = now - started_ < kYoung;
  refusals_ = young && end == End::kUnfit ? refusals_ + 1 : 0;
  if (!young) next_ = kFirst;
  if (end == End::kFromOutside) return hold(kKilled, now);
  hold(next_, now);
  next_ = std::min<base::Duration>(2 * next_, kLast);
}

}  // namespace up
