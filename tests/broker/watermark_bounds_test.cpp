// The times of the watermark, one step before and after each: leases by the broker's clock, and forgotten holders.
#include <gtest/gtest.h>

#include "broker/watermark.h"

namespace broker {
namespace {

using base::Seq;
using std::chrono::milliseconds;

constexpr milliseconds kLease{500};
constexpr milliseconds kForget{100};  // shorter than a lease
constexpr double kMargin = 0.1;
constexpr milliseconds kLeaseHere{550};  // with the margin
constexpr base::Duration kStep(2);       // the margin adds one to the lease

class WatermarkTimesTest : public testing::Test {
 protected:
  // A watermark with a lease from time 0 and everything applied.
  Watermark leased() {
    Watermark watermark({kLease, kMargin, kForget}, {}, kLease, at({}));
    watermark.joined(kHolder, at({}));
    watermark.acknowledged(kHolder, Seq(5), at({}));
    EXPECT_EQ(watermark.grant(kHolder, Seq(5), kLease, at({}), at({})), kLease);
    return watermark;
  }
  Seq mark_at(Watermark& watermark, base::Duration time) {
    watermark.advance(Seq(9), at(time));
    return watermark.mark();
  }
  static base::Mono at(base::Duration time) { return base::Mono(std::chrono::hours(1)) + time; }

  const msg::Holder kHolder{"frontend-1", base::Incarnation(1)};
};

TEST_F(WatermarkTimesTest, ALeaseIsWaitedForWithTheDriftMargin) {
  auto watermark = leased();
  EXPECT_EQ(mark_at(watermark, kLeaseHere), Seq(5));
  EXPECT_EQ(watermark.leased(at(kLeaseHere)), 1U);
  EXPECT_EQ(mark_at(watermark, kLeaseHere + kStep), Seq(9));
  EXPECT_EQ(watermark.leased(at(kLeaseHere + kStep)), 0U);
}

TEST_F(WatermarkTimesTest, ALeaseOfBeforeIsWaitedForWithTheDriftMargin) {
  Watermark watermark({kLease, kMargin, kForget}, {kHolder}, kLease, at({}));
  EXPECT_EQ(mark_at(watermark, kLeaseHere), Seq(0));
  EXPECT_EQ(mark_at(watermark, kLeaseHere + kStep), Seq(9));
}

TEST_F(WatermarkTimesTest, AGrantEndsWithTheProofOfLeadership) {
  auto watermark = leased();
  watermark.acknowledged(kHolder, Seq(5), at(kLease));
  EXPECT_EQ(watermark.grant(kHolder, Seq(5), kLease, at({}), at(kLease - kStep)), kStep);
  EXPECT_FALSE(watermark.grant(kHolder, Seq(5), kLease, at({}), at(kLease)));
}

TEST_F(WatermarkTimesTest, AHolderIsNotForgottenBeforeItsLeaseHasEnded) {
  auto watermark = leased();
  EXPECT_TRUE(watermark.forget(at(kLeaseHere + kForget)).empty());
  EXPECT_TRUE(watermark.records(kHolder));
  EXPECT_EQ(watermark.forget(at(kLeaseHere + kForget + kStep)).size(), 1U);
  EXPECT_FALSE(watermark.records(kHolder));
}

TEST_F(WatermarkTimesTest, AHolderThatWasHeardAfterItsLeaseIsNotForgotten) {
  auto watermark = leased();
  watermark.acknowledged(kHolder, Seq(5), at(2 * kLeaseHere));
  EXPECT_TRUE(watermark.forget(at(2 * kLeaseHere + kForget)).empty());
  EXPECT_EQ(watermark.forget(at(2 * kLeaseHere + kForget + kStep)).size(), 1U);
}

TEST_F(WatermarkTimesTest, AnOwedSeqHasHalfALease) {
  auto watermark = leased();
  EXPECT_TRUE(watermark.grant(kHolder, Seq(9), kLease, at({}), at({}))) << "seq 9 is owed from here on";
  EXPECT_TRUE(watermark.grant(kHolder, Seq(9), kLease, at({}), at(kLease / 2 - kStep)));
  EXPECT_FALSE(watermark.grant(kHolder, Seq(9), kLease, at({}), at(kLease / 2)));
  watermark.acknowledged(kHolder, Seq(9), at(kLease / 2));
  EXPECT_TRUE(watermark.grant(kHolder, Seq(9), kLease, at({}), at(kLease / 2))) << "no seq is owed any more";
}

TEST_F(WatermarkTimesTest, AHolderWithoutALeaseMayBeSoFarBehindAndNoFurther) {
  const auto commit = Seq(5 + Watermark::kBehindMax);
  for (const std::uint64_t further : {0U, 1U}) {
    Watermark watermark({kLease, kMargin, kForget}, {}, kLease, at({}));
    watermark.advance(commit.next(further), at({}));
    watermark.joined(kHolder, at({}));
    watermark.acknowledged(kHolder, Seq(5), at({}));
    EXPECT_EQ(watermark.grant(kHolder, commit.next(further), kLease, at({}), at({})).has_value(), further == 0);
  }
}

}  // namespace
}  // namespace broker
