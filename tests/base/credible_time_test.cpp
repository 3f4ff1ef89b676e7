// A wall clock that leaps ahead is not followed, unless other processes tell the same time.
#include "base/credible_time.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr WallMs kYear = WallMs{365} * 24 * 3600 * 1000;
constexpr WallMs kHour = 3'600'000;

class CredibleTimeTest : public testing::Test {
 protected:
  // Returns the credible time after `time` has passed, while the wall clock is off by `off_`.
  WallMs after(Duration time, WallMs stream = 0) {
    passed_ += time;
    return credible_.at({Mono(passed_), right() + off_}, stream);
  }
  WallMs right() const { return kBegan + std::chrono::duration_cast<std::chrono::milliseconds>(passed_).count(); }
  void hear(const std::string& other, WallMs off = 0) { credible_.heard(other, right() + off, Mono(passed_)); }

  static constexpr WallMs kBegan = 1'800'000'000'000;
  Duration passed_{};
  WallMs off_ = 0;
  CredibleTime credible_{"here"};
};

TEST_F(CredibleTimeTest, AClockThatGoesOnIsFollowed) {
  EXPECT_EQ(after(seconds(0)), right());
  EXPECT_EQ(after(hours(1000)), right()) << "nobody asked for a long time";
  off_ = 5 * 60'000;
  EXPECT_EQ(after(seconds(1)), right() + off_) << "a step that may be";
  EXPECT_FALSE(credible_.ahead());
}

TEST_F(CredibleTimeTest, AStepOfYearsIsNotAndTheTimeGoesOn) {
  after(seconds(0));
  off_ = 40 * kYear;
  EXPECT_EQ(after(seconds(1)), right());
  EXPECT_EQ(after(hours(5)), right());
  EXPECT_EQ(credible_.ahead(), std::chrono::milliseconds(off_));
  off_ = 0;
  EXPECT_EQ(after(seconds(1)), right());
  EXPECT_FALSE(credible_.ahead()) << "it is right again";
}

TEST_F(CredibleTimeTest, ItIsComparedOnceAnotherWasHeard) {
  after(seconds(0));
  hear("here");
  after(seconds(1));
  EXPECT_FALSE(credible_.compared());
  hear("a");
  after(seconds(1));
  EXPECT_TRUE(credible_.compared());
  after(hours(1));
  EXPECT_TRUE(credible_.compared()) << "the other is silent now";
}

TEST_F(CredibleTimeTest, TheProcessItselfProvesNothing) {
  after(seconds(0));
  off_ = kYear;
  hear("here", kYear);
  EXPECT_EQ(after(seconds(1)), right());
}

TEST_F(CredibleTimeTest, AStepThatHalfOfTheOthersConfirmIsFollowed) {
  off_ = -kHour;
  after(seconds(0));
  off_ = 0;
  hear("a");
  hear("b", kYear);
  EXPECT_EQ(after(seconds(1)), right());
  EXPECT_FALSE(credible_.ahead());
}

TEST_F(CredibleTimeTest, OneOfManyOthersThatIsAheadConfirmsNothing) {
  after(seconds(0));
  off_ = kYear;
  hear("a");
  hear("b");
  hear("c", kYear);
  EXPECT_EQ(after(seconds(1)), right());
}

TEST_F(CredibleTimeTest, TheFirstReadingIsComparedWithTheOthers) {
  off_ = kYear;
  hear("a");
  EXPECT_EQ(after(seconds(1)), right());
  EXPECT_TRUE(credible_.ahead());
}

TEST_F(CredibleTimeTest, TheFirstReadingIsComparedAsSoonAsAnotherProcessIsHeard) {
  off_ = kYear;
  EXPECT_EQ(after(seconds(0)), right() + kYear) << "there is nothing to compare it with";
  hear("a");
  EXPECT_EQ(after(seconds(1)), right());
  EXPECT_EQ(after(seconds(60)), right()) << "the others have fallen silent";
}

TEST_F(CredibleTimeTest, AProcessThatStartsAfterItsHostHasLeaptTakesTheTimeOfOneThatRanBefore) {
  CredibleTime before("before");
  before.at({Mono(), right()}, 0);
  off_ = kYear;
  passed_ += seconds(5);
  hear("before", before.at({Mono(passed_), right() + off_}, 0) - right());
  EXPECT_EQ(after(seconds(0)), right());
  before.heard("here", credible_.at({Mono(passed_), right() + off_}, 0), Mono(passed_));
  EXPECT_EQ(before.at({Mono(passed_), right() + off_}, 0), right()) << "they do not confirm each other";
}

TEST_F(CredibleTimeTest, AClockThatGoesOnIsNotJudgedByAnotherThatIsSetBack) {
  hear("a");
  after(seconds(0));
  hear("a", -2 * kHour);
  EXPECT_EQ(after(seconds(1)), right());
  EXPECT_FALSE(credible_.ahead());
}

TEST_F(CredibleTimeTest, OthersThatAreNotHeardAnyMoreProveNothing) {
  off_ = kYear;
  hear("a");
  EXPECT_EQ(after(seconds(11)), right() + kYear) << "there is nothing to compare it with";
}

TEST_F(CredibleTimeTest, AClockThatWasBehindTheStreamMayBeSetRight) {
  off_ = -50 * kYear;
  after(seconds(0), kBegan - 48 * kHour);
  off_ = 0;
  EXPECT_EQ(after(seconds(1), kBegan - 48 * kHour), right());
  EXPECT_FALSE(credible_.ahead());
}

TEST_F(CredibleTimeTest, AClockThatIsBehindTheStreamProvesNothing) {
  hear("a", -50 * kYear);
  EXPECT_EQ(after(seconds(1), kBegan), right());
}

TEST_F(CredibleTimeTest, AfterAStepBackTheWayAheadIsNoLeap) {
  after(seconds(0));
  off_ = -2 * kHour;
  EXPECT_EQ(after(seconds(1)), right() + off_);
  off_ = 0;
  EXPECT_EQ(after(seconds(1)), right());
  EXPECT_FALSE(credible_.ahead());
}

TEST_F(CredibleTimeTest, ReadingsThatCannotBeAreNotTaken) {
  hear("a", kWallMax);
  hear("b", -right() - 1);
  off_ = kYear;
  EXPECT_EQ(after(seconds(1)), right() + kYear) << "nobody was heard";
}

TEST_F(CredibleTimeTest, OthersAreBounded) {
  for (int i = 0; i < 64; ++i) hear("a" + std::to_string(i));
  for (int i = 0; i < 1000; ++i) hear("b" + std::to_string(i), kYear);
  off_ = kYear;
  EXPECT_EQ(after(seconds(1)), right()) << "there was no room for the others";
}

}  // namespace
}  // namespace base
