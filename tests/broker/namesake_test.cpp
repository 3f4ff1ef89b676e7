// Two processes with one instance name: which one is taken, and when the second is reported.
#include "broker/namesake.h"

#include <gmock/gmock.h>

namespace broker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr base::Duration kPatience = milliseconds(600);
constexpr base::Duration kMoment = std::chrono::nanoseconds(1);

class NamesakeTest : public testing::Test {
 protected:
  bool beat(const Namesake::Who& who) { return name.takes(who, now, kPatience); }
  std::string told() const { return name.told("order-1", now).value_or(""); }
  // Both publish heartbeats in turn, until the first was heard longer than an ended process could be.
  void both_run() {
    beat(one);
    now += milliseconds(50);
    EXPECT_TRUE(beat(two)) << "it may have replaced the first";
    for (const auto from = now; now - from < kPatience; now += milliseconds(50)) {
      EXPECT_FALSE(beat(one)) << "perhaps a last heartbeat";
      EXPECT_TRUE(beat(two));
      EXPECT_EQ(told(), "");
    }
    EXPECT_TRUE(beat(one));
    EXPECT_FALSE(beat(two));
  }

  base::Mono now{seconds(1000)};
  Namesake name;
  const Namesake::Who one{base::Incarnation(1), 101};
  const Namesake::Who two{base::Incarnation(2), 102};
};

TEST_F(NamesakeTest, OneThatStartsAgainIsBelievedAtOnceAndItsLastWordsAreNot) {
  EXPECT_TRUE(beat(one));
  EXPECT_TRUE(beat(two));
  now += kPatience - kMoment;
  EXPECT_FALSE(beat(one));
  EXPECT_TRUE(beat(two));
  EXPECT_EQ(told(), "");
}

TEST_F(NamesakeTest, OfTwoThatRunTheFirstStaysAndTheSecondIsTold) {
  both_run();
  EXPECT_THAT(told(), HasSubstr("two processes run under the name order-1, with pid 101 and pid 102"));
}

TEST_F(NamesakeTest, TheSecondIsBelievedOnceTheFirstHasGone) {
  both_run();
  const auto last = now;
  now = last + kPatience - kMoment;
  EXPECT_FALSE(beat(two));
  now = last + kPatience;
  EXPECT_TRUE(beat(two));
  EXPECT_EQ(told(), "");
}

TEST_F(NamesakeTest, OnceTheSecondHasGoneNothingIsToldAnyMore) {
  both_run();
  now += Namesake::kTold - kMoment;
  EXPECT_TRUE(beat(one));
  EXPECT_NE(told(), "");
  now += kMoment;
  EXPECT_EQ(told(), "");
}

TEST_F(NamesakeTest, OneThatComesBackAfterAPauseIsTheSecond) {
  beat(one);
  now += kPatience;
  EXPECT_TRUE(beat(two)) << "it was started because the other did nothing";
  now += seconds(10);
  beat(two);
  EXPECT_FALSE(beat(one));
  EXPECT_TRUE(beat(two));
  EXPECT_THAT(told(), HasSubstr("with pid 102 and pid 101"));
}

TEST_F(NamesakeTest, OneThatWasSilentAsLongAsOneThatHasEndedIsTheSecond) {
  beat(one);
  beat(two);
  now += kPatience;
  beat(two);
  EXPECT_FALSE(beat(one));
  EXPECT_TRUE(beat(two));
}

TEST_F(NamesakeTest, LastWordsThatALinkHasHeldUpTellOfNoSecondForLong) {
  beat(one);
  beat(two);
  now += seconds(2);
  beat(two);
  EXPECT_FALSE(beat(one));
  EXPECT_TRUE(beat(two));
  now += Namesake::kTold;
  EXPECT_EQ(told(), "");
}

TEST_F(NamesakeTest, TheFirstMayStartAgainWhileTheSecondRuns) {
  both_run();
  const Namesake::Who again{base::Incarnation(3), 103};
  EXPECT_TRUE(beat(again));
  EXPECT_FALSE(beat(two));
  EXPECT_THAT(told(), HasSubstr("with pid 103 and pid 102"));
}

}  // namespace
}  // namespace broker
