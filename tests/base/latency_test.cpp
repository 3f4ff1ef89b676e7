// The histogram of durations.
#include "base/latency.h"

#include <gtest/gtest.h>

namespace base {
namespace {

using std::chrono::microseconds;

LatencyCounts counts_of(std::initializer_list<int> all) {
  LatencyCounts counts;
  for (const int us : all) counts.add(microseconds(us));
  return counts;
}

TEST(LatencyCounts, ADurationIsInTheFirstBucketThatIsLongEnough) {
  const auto counts = counts_of({-5, 100, 101, 5'000'000, 5'000'001});
  EXPECT_EQ(counts.counts.front(), 2U) << "a clock that went back, and the bound itself";
  EXPECT_EQ(counts.counts.at(1), 1U);
  EXPECT_EQ(counts.counts.at(kLatencyBoundsUs.size() - 1), 1U);
  EXPECT_EQ(counts.counts.back(), 1U);
  EXPECT_EQ(counts.sum_us, 100U + 101U + 5'000'000U + 5'000'001U);
  EXPECT_EQ(counts.count(), 5U);
}

TEST(LatencyCounts, AQuantileLiesInTheBucketThatHoldsIt) {
  LatencyCounts counts;
  for (int i = 0; i < 98; ++i) counts.add(microseconds(700));
  counts.add(microseconds(40'000));
  counts.add(microseconds(40'000));
  EXPECT_GT(counts.quantile_us(50), 500U);
  EXPECT_LT(counts.quantile_us(50), 1000U);
  EXPECT_GT(counts.quantile_us(99), 25'000U);
  EXPECT_LE(counts.quantile_us(99), 50'000U);
}

TEST(LatencyCounts, AQuantileOfNothingIsZeroAndOfTheLongestIsTheirBound) {
  EXPECT_EQ(LatencyCounts().quantile_us(99), 0U);
  EXPECT_EQ(counts_of({60'000'000}).quantile_us(50), kLatencyBoundsUs.back());
}

TEST(LatencyCounts, TheDifferenceHoldsWhatCameLater) {
  auto later = counts_of({50, 300});
  const auto before = later;
  later.add(microseconds(300));
  const auto difference = later.since(before);
  EXPECT_EQ(difference.count(), 1U);
  EXPECT_EQ(difference.sum_us, 300U);
}

TEST(LatencyCounts, AfterARestartAllCounts) { EXPECT_EQ(counts_of({50}).since(counts_of({50, 60, 70})).count(), 1U); }

TEST(LatencyCounts, TwoHistogramsAddUp) {
  auto sum = counts_of({50, 300});
  sum += counts_of({60});
  EXPECT_EQ(sum.counts.front(), 2U);
  EXPECT_EQ(sum.sum_us, 410U);
}

}  // namespace
}  // namespace base
