// The rule of a cache that is bounded in items.
#include "lab/lru.h"

#include <gmock/gmock.h>

namespace lab {
namespace {

using testing::ElementsAre;

TEST(LabLru, EvictsTheLeastRecentlyUsed) {
  Lru lru(2);
  EXPECT_FALSE(lru.look_up(1).hit);
  EXPECT_FALSE(lru.look_up(2).evicted);
  EXPECT_TRUE(lru.look_up(1).hit);
  EXPECT_EQ(lru.look_up(3).evicted, 2U);
  EXPECT_THAT(lru.items(), ElementsAre(3, 1));
}

TEST(LabLru, AnItemThatChangesLeavesAndEvictsNothing) {
  Lru lru(2);
  lru.look_up(1);
  lru.look_up(2);
  EXPECT_TRUE(lru.drop(1));
  EXPECT_FALSE(lru.drop(1));
  EXPECT_FALSE(lru.look_up(3).evicted);
  EXPECT_THAT(lru.items(), ElementsAre(3, 2));
}

}  // namespace
}  // namespace lab
