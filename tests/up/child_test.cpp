// One child of `up`: a shell in the place of a process of the store.
#include "up/child.h"

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "process/process_id.h"
#include "tests/support/directory.h"

namespace up {
namespace {

class ChildTest : public testing::Test {
 protected:
  ~ChildTest() override {
    if (child && child->running()) {
      child->signal(SIGKILL);
      ended();
    }
  }

  void plan(const std::string& script) {
    ChildPlan plan;
    plan.program = "/bin/sh";
    plan.arguments = {"-c", script};
    child.emplace(plan, log);
  }
  void start(const ChildStart& how = {}) { ASSERT_EQ(child->start(now, how), 0); }
  // Waits for its end, and tells the child of it. Returns the status.
  int ended() {
    int status = 0;
    EXPECT_EQ(::waitpid(child->pid(), &status, 0), child->pid());
    child->died(status, now);
    return status;
  }
  std::string logged() const {
    std::ifstream in(log);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  const support::Directory directory;
  const std::string log = directory / "child.log";
  base::Mono now{std::chrono::hours(1)};
  std::optional<Child> child;
};

// Standard input of this process for as long as it lives: a pipe with these bytes.
class Input {
 public:
  explicit Input(const std::string& bytes) : before_(::dup(STDIN_FILENO)) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    EXPECT_EQ(::write(ends[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
  }
  ~Input() {
    ::dup2(before_, STDIN_FILENO);
    ::close(before_);
  }

 private:
  int before_;
};

TEST_F(ChildTest, ItsOutputIsInItsLogAndItReadsNothing) {
  const Input input("in\n");
  plan("cat; echo out; echo err >&2; echo \"$0\"");
  start({.more = {"more"}});
  EXPECT_EQ(describe_end(ended()), "ended with exit code 0");
  EXPECT_EQ(logged(), "out\nerr\nmore\n");
  start();
  ended();
  EXPECT_EQ(logged(), "out\nerr\nmore\nout\nerr\n/bin/sh\n") << "the log continues";
}

TEST_F(ChildTest, KeepsFreedMemoryAtHandUnlessItsOperatorSaysOtherwise) {
  const char* tunables = std::getenv("GLIBC_TUNABLES");
  const std::string before = tunables ? tunables : "";
  plan("echo \"$GLIBC_TUNABLES\"");
  ::unsetenv("GLIBC_TUNABLES");
  start();
  ended();
  ::setenv("GLIBC_TUNABLES", "glibc.malloc.mxfast=0", 1);
  start();
  ended();
  EXPECT_EQ(logged(), "glibc.malloc.tcache_count=1000\nglibc.malloc.mxfast=0\n");
  ::unsetenv("GLIBC_TUNABLES");
  if (tunables) ::setenv("GLIBC_TUNABLES", before.c_str(), 1);
}

TEST_F(ChildTest, KnowsWhetherItRuns) {
  plan("exec sleep 1000");
  EXPECT_FALSE(child->running());
  EXPECT_FALSE(child->started_before());
  start();
  EXPECT_TRUE(child->running());
  EXPECT_TRUE(child->started_before());
  EXPECT_EQ(child->started(), process::process_start(child->pid()));
  child->signal(SIGTERM);
  EXPECT_EQ(describe_end(ended()), "killed by signal 15 (Terminated)");
  EXPECT_FALSE(child->running());
}

int received = 0;

TEST_F(ChildTest, ASignalForAChildThatDoesNotRunReachesNobody) {
  const auto before = ::signal(SIGURG, [](int) { ++received; });  // the others of this test's group ignore it
  plan("true");
  child->signal(SIGURG);
  start();
  ended();
  child->signal(SIGURG);
  ::signal(SIGURG, before);
  EXPECT_EQ(received, 0);
}

TEST_F(ChildTest, CountsItsRestarts) {
  plan("exit 3");
  for (unsigned restarts = 0; restarts < 3; ++restarts) {
    start();
    EXPECT_EQ(child->restarts(), restarts);
    ended();
    EXPECT_GT(child->restart_at(), now);
  }
  EXPECT_EQ(child->refusals(), 0U);
  plan("exit 1");
  start();
  ended();
  EXPECT_EQ(child->refusals(), 1U);
}

TEST_F(ChildTest, AHeldStartIsTriedLater) {
  plan("true");
  child->hold(now);
  EXPECT_EQ(child->restart_at(), now + Restart::kLast);
}

TEST_F(ChildTest, EndsIfWhatMustBeDoneFirstFails) {
  plan("echo it ran");
  start({.more = {}, .first = [] { throw std::runtime_error("no space"); }});
  EXPECT_EQ(describe_end(ended()), "ended with exit code 1");
  EXPECT_EQ(child->last_words(), "no space");
  start({.more = {}, .first = [] {}});
  ended();
  EXPECT_EQ(child->last_words(), "it ran");
}

TEST_F(ChildTest, AProgramThatIsNotThereEndsAsInAShell) {
  ChildPlan none;
  none.program = directory / "none";
  child.emplace(none, log);
  start();
  EXPECT_EQ(describe_end(ended()), "ended with exit code 127");
}

TEST_F(ChildTest, IsOfAGroupOfItsOwnAndHasTheSignalsOfANewProcess) {
  sigset_t stop, before;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, &before);
  const auto on_pipe = ::signal(SIGPIPE, SIG_IGN);
  plan("true");
  start({.more = {}, .first = [] {
           sigset_t mask;
           pthread_sigmask(SIG_SETMASK, nullptr, &mask);
           if (::getpgrp() != ::getpid()) throw std::runtime_error("the group is that of the parent");
           if (sigismember(&mask, SIGTERM) == 1) throw std::runtime_error("SIGTERM is blocked");
           if (::signal(SIGPIPE, SIG_DFL) != SIG_DFL) throw std::runtime_error("SIGPIPE is ignored");
         }});
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  ::signal(SIGPIPE, on_pipe);
  EXPECT_EQ(describe_end(ended()), "ended with exit code 0") << child->last_words();
}

TEST_F(ChildTest, ItsLastWordsAreTheLastLineThatIsNotEmpty) {
  plan("true");
  EXPECT_EQ(child->last_words(), "") << "there is no log";
  std::ofstream(log) << std::string(10'000, 'x') << "\nfirst\nlast\n\n";
  EXPECT_EQ(child->last_words(), "last");
}

TEST_F(ChildTest, BrokersOfAnotherStoreAreNotItsOwn) {
  ::setenv("PYGMY_BROKERS", "tcp://127.0.0.1:1", 1);
  plan("test -z \"$PYGMY_BROKERS\"");
  start();
  EXPECT_EQ(describe_end(ended()), "ended with exit code 0");
  ::unsetenv("PYGMY_BROKERS");
}

void take(int) {}

TEST(ForkChild, AHandlerOfTheParentTakesNoSignalOfTheChild) {
  struct sigaction handler {
  }, before{};
  handler.sa_handler = take;
  ::sigaction(SIGTERM, &handler, &before);
  const pid_t pid = fork_child();
  if (pid == 0) {
    ::raise(SIGTERM);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  ::sigaction(SIGTERM, &before, nullptr);
  EXPECT_EQ(describe_end(status), "killed by signal 15 (Terminated)");
}

}  // namespace
}  // namespace up
