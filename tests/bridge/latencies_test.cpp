// Durations in buckets, and the quantiles of the running second.
#include <gmock/gmock.h>

#include "bridge/metrics.h"

namespace bridge {
namespace {

using std::chrono::microseconds;
using testing::HasSubstr;

TEST(LatenciesTest, ADurationCountsInTheFirstBucketThatHoldsItAndInAllAfter) {
  Latencies latencies;
  for (const auto us : {-5, 100, 101, 6'000'000}) latencies.add(microseconds(us));
  std::string text;
  latencies.append(text, "x", "a=\"b\"");
  for (const auto* line :
       {R"(pygmy_x_bucket{a="b",le="0.0001"} 2)", R"(pygmy_x_bucket{a="b",le="0.00025"} 3)",
        R"(pygmy_x_bucket{a="b",le="0.0005"} 3)", R"(pygmy_x_bucket{a="b",le="5"} 3)",
        R"(pygmy_x_bucket{a="b",le="+Inf"} 4)", R"(pygmy_x_sum{a="b"} 6.000201)", R"(pygmy_x_count{a="b"} 4)"}) {
    EXPECT_THAT(text, HasSubstr(std::string(line) + "\n"));
  }
}

TEST(LatenciesTest, AQuantileIsOneOfTheDurations) {
  Latencies latencies;
  EXPECT_FALSE(latencies.has_recent());
  EXPECT_EQ(latencies.recent_us(50), 0U);
  for (int us = 100; us > 0; --us) latencies.add(microseconds(us));
  EXPECT_TRUE(latencies.has_recent());
  EXPECT_EQ(latencies.recent_us(0), 1U);
  EXPECT_EQ(latencies.recent_us(50), 50U);
  EXPECT_EQ(latencies.recent_us(99), 99U);
  EXPECT_EQ(latencies.recent_us(100), 100U);
}

TEST(LatenciesTest, ASecondForgetsTheOneBefore) {
  Latencies latencies;
  for (const auto us : {7, 8, 9}) latencies.add(microseconds(us));
  latencies.forget_recent();
  EXPECT_FALSE(latencies.has_recent());
  EXPECT_EQ(latencies.recent_us(100), 0U);
  latencies.add(microseconds(3));
  latencies.add(microseconds(2));
  EXPECT_EQ(latencies.recent_us(0), 2U);
  EXPECT_EQ(latencies.recent_us(100), 3U);
}

// The bound is filled twice.
TEST(LatenciesTest, BeyondTheBoundTheEarliestDurationsOfTheSecondAreReplaced) {
  Latencies latencies;
  for (std::size_t i = 0; i < 2 * Latencies::kRecentMax - 1; ++i) latencies.add(microseconds(1));
  latencies.add(microseconds(7));
  EXPECT_EQ(latencies.recent_us(0), 1U);
  EXPECT_EQ(latencies.recent_us(100), 7U);
  for (std::size_t i = 0; i < Latencies::kRecentMax - 1; ++i) latencies.add(microseconds(2));
  EXPECT_EQ(latencies.recent_us(0), 2U);
  EXPECT_EQ(latencies.recent_us(100), 7U);
  latencies.add(microseconds(2));
  EXPECT_EQ(latencies.recent_us(100), 2U);
}

}  // namespace
}  // namespace bridge
