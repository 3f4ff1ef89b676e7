// The signals that stop a program. Each test restores the signals of the test program.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

#include "net/loop.h"
#include "tests/net/fixture.h"

namespace {

// Counts how often it is told to stop, and stops at the second time.
class Reluctant : public net_test::QuietCore {
 public:
  void on_stop(base::Turn turn) override {
    if (++told == 2) turn.out.stop();
  }

  int told = 0;
};

class StopSignalsTest : public net_test::SocketsTest<net::Loop> {
 protected:
  StopSignalsTest() {
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    sigaction(SIGPIPE, nullptr, &on_pipe);
    signals = net::block_stop_signals();
  }
  ~StopSignalsTest() override {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) drop_pending(signal);
    pthread_sigmask(SIG_SETMASK, &mask, nullptr);
    sigaction(SIGPIPE, &on_pipe, nullptr);
    ::close(signals);
  }

  // A signal that is pending when the mask is restored would end the test program.
  static void drop_pending(int signal) {
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, signal);
    const timespec at_once{};
    while (sigtimedwait(&one, nullptr, &at_once) == signal) {
    }
  }

  int signals = -1;
  sigset_t mask{};
  struct sigaction on_pipe {};
};

TEST_F(StopSignalsTest, TheLoopIsToldOfEachSignalOnce) {
  Reluctant core;
  net::Loop loop(signals);
  loop.add({}, core);
  raise(SIGTERM);
  EXPECT_TRUE(run({&loop}, [&] { return core.told == 1; }));
  EXPECT_TRUE(loop.is_stopping());
  raise(SIGINT);
  EXPECT_TRUE(run({&loop}, [&] { return core.told == 2; }));
}

TEST_F(StopSignalsTest, WithoutASignalAReadDoesNotWait) {
  signalfd_siginfo info{};
  EXPECT_EQ(::read(signals, &info, sizeof info), -1);
  EXPECT_EQ(errno, EAGAIN);
}

TEST_F(StopSignalsTest, AConnectionThatIsClosedByItsPeerEndsNoProgram) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ::close(ends[0]);
  EXPECT_EQ(::write(ends[1], "x", 1), -1) << "without SIGPIPE";
  EXPECT_EQ(errno, EPIPE);
  ::close(ends[1]);
}

}  // namespace
