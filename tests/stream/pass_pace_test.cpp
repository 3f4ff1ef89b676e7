#include "stream/pass_pace.h"

#include <gtest/gtest.h>

namespace {

constexpr base::Mono kStart{std::chrono::hours(1)};

TEST(PassPace, StepsUntilAPassHasEndedAndThenWaits) {
  stream::PassPace pace;
  EXPECT_TRUE(pace.due(kStart));
  EXPECT_TRUE(pace.due(kStart)) << "the pass is under way";
  pace.ended();
  EXPECT_EQ(pace.passes(), 1U);
  EXPECT_FALSE(pace.due(kStart + stream::PassPace::kEvery - base::Duration(1)));
  EXPECT_TRUE(pace.due(kStart + stream::PassPace::kEvery));
}

TEST(PassPace, APassThatTookLongIsFollowedByTheNext) {
  stream::PassPace pace;
  EXPECT_TRUE(pace.due(kStart));
  EXPECT_TRUE(pace.due(kStart + std::chrono::minutes(5)));
  pace.ended();
  EXPECT_TRUE(pace.due(kStart + std::chrono::minutes(5)));
}

}  // namespace
