// When a child of `up` is restarted, and which ends come from outside.
#include "up/restart.h"

#include <gmock/gmock.h>

#include <csignal>
#include <vector>

namespace up {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Each;
using ::testing::ElementsAre;

constexpr base::Duration kStep = std::chrono::nanoseconds(1);

int exit_code(int code) { return code << 8; }

class RestartTest : public testing::Test {
 protected:
  // The child lives for `lived`, ends, and is restarted as soon as that is due. Returns the wait between.
  base::Duration wait_after(End end, base::Duration lived) {
    restart.started(now);
    now += lived;
    restart.ended(end, now);
    const auto wait = restart.at() - now;
    EXPECT_FALSE(restart.due(restart.at() - kStep));
    EXPECT_TRUE(restart.due(restart.at()));
    now = restart.at();
    return wait;
  }

  std::vector<base::Duration> waits(int count, End end, base::Duration lived) {
    std::vector<base::Duration> all;
    for (int i = 0; i < count; ++i) all.push_back(wait_after(end, lived));
    return all;
  }

  base::Mono now{seconds(1000)};
  Restart restart;
};

TEST_F(RestartTest, AChildThatIsKilledAgainAndAgainComesBackAtOnceEveryTime) {
  EXPECT_THAT(waits(50, End::kFromOutside, milliseconds(300)), Each(Restart::kKilled));
  EXPECT_THAT(waits(50, End::kFromOutside, milliseconds(0)), Each(Restart::kKilled));
  EXPECT_LT(Restart::kKilled, milliseconds(100));
}

TEST_F(RestartTest, AChildThatEndsByItselfWaitsTwiceAsLongAfterEveryEarlyEndUpToALimit) {
  EXPECT_THAT(waits(9, End::kByItself, milliseconds(100)),
              ElementsAre(milliseconds(50), milliseconds(100), milliseconds(200), milliseconds(400), milliseconds(800),
                          milliseconds(1600), milliseconds(3200), seconds(5), seconds(5)));
}

TEST_F(RestartTest, ALongLifeResetsTheWaitAndOneThatIsAStepTooShortDoesNot) {
  waits(3, End::kByItself, milliseconds(100));
  EXPECT_EQ(wait_after(End::kByItself, Restart::kYoung - kStep), milliseconds(400));
  EXPECT_EQ(wait_after(End::kByItself, Restart::kYoung), milliseconds(50));
  EXPECT_EQ(wait_after(End::kByItself, milliseconds(0)), milliseconds(100));
}

TEST_F(RestartTest, AKillInBetweenNeitherResetsNorDoublesTheWait) {
  waits(2, End::kByItself, milliseconds(100));
  EXPECT_EQ(wait_after(End::kFromOutside, milliseconds(100)), Restart::kKilled);
  EXPECT_EQ(wait_after(End::kByItself, milliseconds(100)), milliseconds(200));
}

TEST_F(RestartTest, RefusalsCountInARowAndOnlyForAYoungChild) {
  wait_after(End::kUnfit, milliseconds(10));
  wait_after(End::kUnfit, Restart::kYoung - kStep);
  EXPECT_EQ(restart.refusals(), 2U);
  wait_after(End::kFromOutside, milliseconds(10));
  EXPECT_EQ(restart.refusals(), 0U);
  wait_after(End::kUnfit, Restart::kYoung);
  EXPECT_EQ(restart.refusals(), 0U) << "it ran for longer than kYoung";
}

TEST_F(RestartTest, WithoutAProcessTheStartIsTriedAgainInAMoment) {
  restart.hold(Restart::kNoProcess, now);
  EXPECT_FALSE(restart.due(now + Restart::kNoProcess - kStep));
  EXPECT_TRUE(restart.due(now + Restart::kNoProcess));
}

TEST(EndOf, AKillComesFromOutside) {
  for (const int signal : {SIGKILL, SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1}) {
    EXPECT_EQ(end_of(signal, true), End::kFromOutside) << signal;
  }
  constexpr int kCoreDumped = 0x80;
  EXPECT_EQ(end_of(SIGQUIT | kCoreDumped, true), End::kFromOutside);
}

TEST(EndOf, ASignalThatAProcessBringsOnItselfIsAnEndByItself) {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGSYS, SIGTRAP, SIGXCPU, SIGXFSZ}) {
    EXPECT_EQ(end_of(signal, true), End::kByItself) << signal;
  }
}

TEST(EndOf, OurProgramEndsWithZeroOnlyWhenItIsToldToAndOthersAlsoByThemselves) {
  EXPECT_EQ(end_of(exit_code(0), true), End::kFromOutside);
  EXPECT_EQ(end_of(exit_code(0), false), End::kByItself) << "e.g. a member that was removed from the etcd cluster";
}

TEST(EndOf, CodesOneAndTwoAreRefusalsAndAllOthersAreNot) {
  EXPECT_EQ(end_of(exit_code(1), true), End::kUnfit);
  EXPECT_EQ(end_of(exit_code(2), true), End::kUnfit);
  for (const int code : {3, 70, 75, 127}) EXPECT_EQ(end_of(exit_code(code), true), End::kByItself) << code;
}

}  // namespace
}  // namespace up
