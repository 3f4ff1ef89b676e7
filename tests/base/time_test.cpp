#include "base/time.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace {

constexpr auto kSlept = std::chrono::hours(30);
constexpr int kMayNot = 2;

// Runs in a time namespace in which the machine has slept for kSlept longer. Returns 0 if the clock counts that time.
int sleeps_and_looks(base::Mono before) {
  if (::unshare(CLONE_NEWTIME) != 0) return kMayNot;
  if (!(std::ofstream("/proc/self/timens_offsets") << "boottime " << std::chrono::seconds(kSlept).count() << " 0"))
    return kMayNot;
  const auto child = ::fork();  // only children are in the new namespace
  if (child == 0) ::_exit(base::now().mono - before >= kSlept ? 0 : 1);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WEXITSTATUS(status);
}

TEST(Time, LeasesGoOnWhileTheMachineSleeps) {
  const auto before = base::now().mono;
  const auto child = ::fork();
  if (child == 0) ::_exit(sleeps_and_looks(before));
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WEXITSTATUS(status) == kMayNot) GTEST_SKIP() << "no time namespaces here";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
