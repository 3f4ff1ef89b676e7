// The tables of the sweep over p.
#include "lab/sweep.h"

#include <gmock/gmock.h>

namespace lab {
namespace {

using std::chrono::microseconds;

SweepArm arm(int lookup_us, int buys, int buy_us) {
  SweepArm arm;
  for (int i = 0; i < 10; ++i) arm.lookups.add(microseconds(lookup_us), {});
  for (int i = 0; i < buys; ++i) arm.buys.add(microseconds(buy_us), {});
  return arm;
}

TEST(LabSweep, TheMeanIsOfAllRequests) {
  EXPECT_DOUBLE_EQ(arm(100, 0, 0).mean_ms(), 0.1);
  EXPECT_DOUBLE_EQ(arm(100, 10, 900).mean_ms(), 0.5);
  EXPECT_DOUBLE_EQ(SweepArm().mean_ms(), 0);
}

TEST(LabSweep, APointWithoutBuysHasNoTimeOfABuy) {
  const auto table = sweep_table({{0, arm(100, 0, 0), arm(200, 0, 0)}, {1, arm(100, 10, 900), arm(200, 10, 1000)}});
  ASSERT_EQ(table.rows.size(), 2U);
  std::vector<std::string> first, last;
  for (const auto& cell : table.rows[0]) first.push_back(text_of(cell));
  for (const auto& cell : table.rows[1]) last.push_back(text_of(cell));
  EXPECT_THAT(first, testing::ElementsAre("0.000", "0.100", "0.200", "0.100", "0.200", "-", "-"));
  EXPECT_THAT(last, testing::ElementsAre("1.000", "0.500", "0.600", "0.100", "0.200", "0.900", "1.000"));
}

TEST(LabSweep, TheFiguresAreMeansOverAllPoints) {
  const auto figures = sweep_figures({{0, arm(100, 0, 0), arm(200, 0, 0)}, {1, arm(100, 10, 900), arm(200, 10, 1000)}});
  EXPECT_DOUBLE_EQ(figures.at("request, cache, over all p"), 0.3);
  EXPECT_DOUBLE_EQ(figures.at("request, no cache, over all p"), 0.4);
}

}  // namespace
}  // namespace lab
