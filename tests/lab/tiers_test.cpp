// Means per tier from the spans of traces.
#include "lab/tiers.h"

#include <gmock/gmock.h>

namespace lab {
namespace {

using std::chrono::microseconds;

TEST(LabTiers, TheMeanOfATierIsOfTheRequestsThatReachedIt) {
  Tiers tiers;
  tiers.add(microseconds(100), {{"frontend", 50}});
  tiers.add(microseconds(300), {{"catalog", 80}, {"frontend", 150}});
  EXPECT_EQ(tiers.count(), 2U);
  EXPECT_DOUBLE_EQ(tiers.mean_ms(), 0.2);
  EXPECT_DOUBLE_EQ(tiers.mean_ms("frontend"), 0.1);
  EXPECT_DOUBLE_EQ(tiers.mean_ms("catalog"), 0.08);
  EXPECT_EQ(tiers.reached("catalog"), 1U);
  EXPECT_EQ(tiers.reached("order"), 0U);
  EXPECT_DOUBLE_EQ(tiers.mean_ms("order"), 0);
  EXPECT_DOUBLE_EQ(tiers.total_ms(), 0.4);
  EXPECT_DOUBLE_EQ(tiers.slowest_ms(), 0.3);
}

TEST(LabTiers, SumsOfSeveralClientsAreWeighedByTheirRequests) {
  Tiers one, other;
  one.add(microseconds(100), {{"frontend", 40}});
  other.add(microseconds(400), {});
  other.add(microseconds(400), {{"frontend", 60}});
  one.add(other);
  EXPECT_EQ(one.count(), 3U);
  EXPECT_DOUBLE_EQ(one.mean_ms(), 0.3);
  EXPECT_DOUBLE_EQ(one.mean_ms("frontend"), 0.05);
  EXPECT_DOUBLE_EQ(one.slowest_ms(), 0.4);
}

TEST(LabTiers, ALookUpThatReachedNoCatalogWasAHit) {
  EXPECT_TRUE(was_hit({{"gate", 1}, {"frontend", 50}}));
  EXPECT_FALSE(was_hit({{"catalog", 3}, {"gate", 1}, {"frontend", 50}}));
}

TEST(LabTiers, ATierThatNoRequestReachedHasNoTime) {
  Tiers tiers;
  tiers.add(microseconds(100), {{"frontend", 50}});
  const auto cells = tier_cells(tiers);
  ASSERT_EQ(cells.size(), tier_columns().size());
  EXPECT_EQ(tier_columns()[2], "catalog ms");
  EXPECT_EQ(text_of(cells[1]), "0.050");
  EXPECT_EQ(text_of(cells[2]), "-");
}

}  // namespace
}  // namespace lab
