#include "tests/sim/marks.h"

#include <gtest/gtest.h>

#include <set>

namespace sim {
namespace {

World::Counts all_met() {
  World::Counts counts;
  for (const auto& mark : faults()) counts.emplace(mark.count, 1);
  for (const auto& mark : rare_paths()) counts.emplace(mark.count, 1);
  return counts;
}

TEST(Marks, MarksThatNeverOccurredAreNamed) {
  auto counts = all_met();
  EXPECT_EQ(never_met(counts), "");
  counts.erase("fault: partition");
  counts["broker.repeats"] = 0;
  EXPECT_EQ(never_met(counts),
            "fault: partition (nothing passes between two groups), broker.repeats (an append came twice)");
}

TEST(Marks, NoMarkIsNamedTwice) { EXPECT_EQ(all_met().size(), faults().size() + rare_paths().size()); }

}  // namespace
}  // namespace sim
