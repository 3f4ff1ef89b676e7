// A wall clock that leaps ahead is not followed, unless the clocks of other hosts confirm it.
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
  // This much later, with the wall clock off by `off_`.
  WallMs after(Duration time, WallMs stream = 0) {
    passed_ += time;
    return credible_.at({Mono(passed_), right() + off_}, stream);
  }
  WallMs right() const { return kBegan + std::chrono::duration_cast<std::chrono::milliseconds>(passed_).count(); }
  void hear(const std::string& host, WallMs off = 0) { credible_.heard(host, right() + off, Mono(passed_)); }

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

TEST_F(CredibleTimeTest, TheProcessesOfThisHostProveNothing) {
  after(seconds(0));
  off_ = kYear;
  hear("here", kYear);
  EXPECT_EQ(after(seconds(1)), right());
}

TEST_F(CredibleTimeTest, AStepThatHalfOfTheOtherHostsConfirmIsFollowed) {
  off_ = -kHour;
  after(seconds(0));
  off_ = 0;
  hear("a");
  hear("b", kYear);
  EXPECT_EQ(after(seconds(1)), right());
  EXPECT_FALSE(credible_.ahead());
}

TEST_F(CredibleTimeTest, OneOfManyOtherHostsThatIsAheadConfirmsNothing) {
  after(seconds(0));
  off_ = kYear;
  hear("a");
  hear("b");
  hear("c", kYear);
  EXPECT_EQ(after(seconds(1)), right());
}

TEST_F(CredibleTimeTest, TheFirstReadingIsComparedWithTheOtherHosts) {
  off_ = kYear;
  hear("a");
  EXPECT_EQ(after(seconds(1)), right());
  EXPECT_TRUE(credible_.ahead());
}

TEST_F(CredibleTimeTest, OtherHostsThatAreNotHeardAnyMoreProveNothing) {
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

TEST_F(CredibleTimeTest, AHostThatIsBehindTheStreamIsNoWitness) {
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
  hear("", kYear);
  off_ = kYear;
  EXPECT_EQ(after(seconds(1)), right() + kYear) << "nobody was heard";
}

TEST_F(CredibleTimeTest, HostsAreBounded) {
  for (int host = 0; host < 64; ++host) hear("a" + std::to_string(host));
  for (int host = 0; host < 1000; ++host) hear("b" + std::to_string(host), kYear);
  off_ = kYear;
  EXPECT_EQ(after(seconds(1)), right()) << "there was no room for the others";
}

}  // namespace
}  // namespace base
