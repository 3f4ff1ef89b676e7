#include "load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "base/random.h"

namespace load {
namespace {

Histogram of(const std::vector<std::uint64_t>& values) {
  Histogram histogram;
  for (const auto value : values) histogram.add(value);
  return histogram;
}

void expect_within_half_a_percent(std::uint64_t told, std::uint64_t exact) {
  EXPECT_GE(told * 200, exact * 199) << exact;
  EXPECT_LE(told * 200, exact * 201) << exact;
}

TEST(Histogram, WithoutValuesIsZero) {
  const Histogram empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.max(), 0U);
  EXPECT_EQ(empty.quantile(1, 2), 0U);
}

TEST(Histogram, SmallValuesAreExact) {
  const auto histogram = of({5, 1, 3, 2, 4, 255});
  EXPECT_EQ(histogram.quantile(1, 6), 1U);
  EXPECT_EQ(histogram.quantile(1, 2), 3U);
  EXPECT_EQ(histogram.quantile(5, 6), 5U);
  EXPECT_EQ(histogram.quantile(1, 1), 255U);
}

TEST(Histogram, RankIsRoundedUp) {
  EXPECT_EQ(of({10, 20, 30}).quantile(1, 2), 20U);   // 1.5 values: the second
  EXPECT_EQ(of({10, 20}).quantile(501, 1000), 20U);  // a little more than half
  EXPECT_EQ(of({10, 20}).quantile(1, 1000), 10U);
}

TEST(Histogram, OneSlowRequestInAThousandIsBeyondThatQuantile) {
  Histogram histogram;
  for (int i = 0; i < 999; ++i) histogram.add(100);
  histogram.add(5000);
  EXPECT_EQ(histogram.quantile(999, 1000), 100U);
  EXPECT_EQ(histogram.max(), 5000U);
  histogram.add(5000);
  expect_within_half_a_percent(histogram.quantile(999, 1000), 5000);
}

TEST(Histogram, EveryMagnitudeIsWithinHalfAPercent) {
  for (std::uint64_t value = 1; value < std::uint64_t{1} << 56; value = value * 5 / 4 + 1) {
    Histogram histogram;
    histogram.add(value);
    histogram.add(std::uint64_t{1} << 60);  // otherwise the quantile would be the maximum, which is exact
    expect_within_half_a_percent(histogram.quantile(1, 2), value);
  }
}

TEST(Histogram, BoundariesOfBucketsKeepTheirOrder) {
  for (unsigned bit = 7; bit < 50; ++bit) {
    const auto edge = std::uint64_t{1} << bit;
    const auto histogram = of({edge - edge / 128, edge, edge + edge / 64, edge * 8});
    EXPECT_LT(histogram.quantile(1, 4), histogram.quantile(2, 4)) << edge;
    EXPECT_LT(histogram.quantile(2, 4), histogram.quantile(3, 4)) << edge;
  }
}

TEST(Histogram, TakesTheGreatestNumber) {
  const auto histogram = of({std::numeric_limits<std::uint64_t>::max()});
  EXPECT_EQ(histogram.max(), std::numeric_limits<std::uint64_t>::max());
  EXPECT_GT(histogram.quantile(1, 1), std::uint64_t{1} << 63);
}

TEST(Histogram, AgreesWithSorting) {
  base::Random random(7);
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20'000; ++i) values.push_back(random.below(std::uint64_t{1} << random.between(1, 30)));
  const auto histogram = of(values);
  std::sort(values.begin(), values.end());
  for (const std::uint64_t permille : {1U, 100U, 500U, 900U, 990U, 999U, 1000U}) {
    expect_within_half_a_percent(histogram.quantile(permille, 1000), values[permille * values.size() / 1000 - 1]);
  }
}

TEST(Histogram, AValueMayBeAddedSeveralTimes) {
  Histogram histogram;
  histogram.add(7, 3);
  histogram.add(1);
  EXPECT_EQ(histogram.count(), 4U);
  EXPECT_DOUBLE_EQ(histogram.mean(), 5.5);
  EXPECT_EQ(histogram.quantile(1, 2), 7U);
}

TEST(Histogram, ThoseOfSeveralProcessesAddUp) {
  auto all = of({1, 2, 3});
  all.add(of({1'000'003, 5}));
  EXPECT_EQ(all.count(), 5U);
  EXPECT_EQ(all.max(), 1'000'003U);
  EXPECT_EQ(all.quantile(4, 5), 5U);
  EXPECT_DOUBLE_EQ(all.mean(), (1 + 2 + 3 + 5 + 1'000'003) / 5.0);
}

TEST(Histogram, ItsRowsMakeTheSameHistogram) {
  base::Random random(11);
  Histogram histogram;
  for (int i = 0; i < 5'000; ++i) histogram.add(random.below(std::uint64_t{1} << random.between(1, 40)));
  const auto again = Histogram::of(histogram.rows(), histogram.sum());
  EXPECT_EQ(again.count(), histogram.count());
  EXPECT_EQ(again.max(), histogram.max());
  EXPECT_DOUBLE_EQ(again.mean(), histogram.mean());
  for (std::uint64_t part = 1; part <= 1000; ++part) {
    EXPECT_EQ(again.quantile(part, 1000), histogram.quantile(part, 1000));
  }
  EXPECT_EQ(Histogram::of(again.rows(), 0).rows(), histogram.rows());
}

}  // namespace
}  // namespace load
