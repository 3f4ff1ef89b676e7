// The rates between two statuses. tests/bridge/metrics_test.cpp has more of them.
#include "json/rates.h"

#include <gtest/gtest.h>

namespace json {
namespace {

using std::chrono::seconds;

constexpr base::Mono kStart{std::chrono::hours(1)};

Totals totals(std::uint64_t blocks, std::uint64_t commit, base::Mono at) {
  Totals totals{.at = at, .blocks = blocks, .commit = commit};
  totals.requests["lookup"] = 10 * blocks;
  return totals;
}

TEST(Rates, AreOfASecond) {
  const auto rates = rates_between(totals(10, 100, kStart), totals(30, 500, kStart + seconds(2)));
  EXPECT_EQ(rates.blocks_s, 10U);
  EXPECT_EQ(rates.commit_s, 200U);
  EXPECT_EQ(to_text(rates.requests_s), R"({"lookup":100})");
  EXPECT_FALSE(rates.hit_ratio);
}

TEST(Rates, AreNeverNegative) {
  const auto rates = rates_between(totals(30, 500, kStart), totals(10, 100, kStart + seconds(2)));
  EXPECT_EQ(rates.blocks_s, 0U);
  EXPECT_EQ(rates.commit_s, 0U);
  EXPECT_EQ(to_text(rates.requests_s), R"({"lookup":0})");
}

TEST(Rates, ATypeThatIsNewHasNoRateYet) {
  auto before = totals(10, 100, kStart);
  before.requests.clear();
  EXPECT_EQ(to_text(rates_between(before, totals(30, 500, kStart + seconds(2))).requests_s), "{}");
}

TEST(Rates, NoTimeIsAMillisecond) { EXPECT_EQ(rate(5, 3, {}), 2000U); }

}  // namespace
}  // namespace json
