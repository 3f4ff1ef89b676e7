// A process is identified by its pid and its start time.
#include "process/process_id.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

namespace process {
namespace {

// Runs a child that waits until it is killed.
class ProcessIdTest : public testing::Test {
 protected:
  void SetUp() override {
    pid = ::fork();
    ASSERT_GE(pid, 0);
    if (pid != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, "a) R (1 2");  // a name that looks like the fields after it
    for (;;) ::pause();
  }
  void TearDown() override {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  void end_it() {
    ::kill(pid, SIGKILL);
    siginfo_t info{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  }

  pid_t pid = 0;
};

TEST_F(ProcessIdTest, RunsUnderItsPidAndItsStartTime) {
  const auto start = process_start(pid);
  EXPECT_GE(start, process_start(::getpid()));
  EXPECT_NE(start, 0U);
  EXPECT_TRUE(is_running(pid, start));
}

TEST_F(ProcessIdTest, AnotherProcessWithTheSamePidIsNotTheSame) {
  EXPECT_FALSE(is_running(pid, process_start(pid) + 1));
  EXPECT_FALSE(is_running(pid, process_start(pid) - 1));
}

TEST_F(ProcessIdTest, WithoutAStartTimeThePidDecides) { EXPECT_TRUE(is_running(pid, 0)); }

TEST_F(ProcessIdTest, AnEndedProcessThatWasNotWaitedForDoesNotRun) {
  const auto start = process_start(pid);
  end_it();
  EXPECT_FALSE(is_running(pid, start));
  EXPECT_FALSE(is_running(pid, 0));
}

TEST(ProcessId, APidOfNoProcessDoesNotRun) {
  EXPECT_FALSE(is_running(0, 0));
  EXPECT_FALSE(is_running(-1, 0)) << "kill(-1) means all processes";
  EXPECT_EQ(process_start(0), 0U);
}

}  // namespace
}  // namespace process
