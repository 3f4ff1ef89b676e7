// Seeds: every promise is kept, whatever happens. And a test of the checkers: some seed must notice a store that is
// broken on purpose.
#include <gmock/gmock.h>

#include "tests/sim/world_fixture.h"

namespace sim {
namespace {

// The number of seeds until one breaks a promise; 0 if none of `most` does.
std::uint64_t seeds_until_broken(RunOptions options, std::uint64_t most, std::string* promise) {
  for (options.seed = 1; options.seed <= most; ++options.seed) {
    const auto result = run(options);
    if (!result.broken) continue;
    *promise = *result.broken;
    return options.seed;
  }
  return 0;
}

// The ctest entries sim.seeds-* run more seeds, and check that every mark has occurred.
TEST(Seeds, SomeDozens) {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= seeds_of(100); ++seed) {
    const auto ended = run_seed({.seed = seed});
    tally.add(ended.result);
    ASSERT_TRUE(ended.report.empty()) << ended.report;
  }
  EXPECT_GT(tally.answers, tally.runs * 300);  // fewer answers prove nothing (TRAPS 23)
}

TEST(Seeds, SameSeedSameStory) {
  for (std::uint64_t seed = 1; seed <= seeds_of(3); ++seed) {
    const auto one = run({.seed = seed, .acts = 2});
    const auto other = run({.seed = seed, .acts = 2, .telling = true});
    EXPECT_EQ(one.story_number, other.story_number) << "seed " << seed;
    EXPECT_EQ(one.counts, other.counts) << "seed " << seed;
  }
  EXPECT_NE(run({.seed = 1}).story_number, run({.seed = 2}).story_number);
}

TEST(Seeds, WithoutTheGateAStaleAnswerIsFound) {
  RunOptions options;
  options.shape = Shape{.gate = false};
  std::string promise;
  EXPECT_NE(seeds_until_broken(options, 60, &promise), 0U);
  EXPECT_EQ(promise.substr(0, 2), "G4") << promise;
}

TEST(Seeds, WithoutTheGateTheHistoryCheckerAloneFindsIt) {
  RunOptions options;
  options.shape = Shape{.gate = false};
  options.judged = false;
  std::string promise;
  EXPECT_NE(seeds_until_broken(options, 60, &promise), 0U);
  EXPECT_THAT(promise, testing::HasSubstr("by the history checker"));
}

TEST(Seeds, AStoreThatForgetsKeysIsFound) {
  RunOptions options;
  options.shape = Shape{.forgets_keys = true};
  std::string promise;
  EXPECT_NE(seeds_until_broken(options, 60, &promise), 0U);
  // The replica notices missing rows, or the judge notices the effect, whichever is first.
  EXPECT_THAT(promise, testing::AnyOf(testing::StartsWith("G5:"), testing::StartsWith("G3:")));
}

}  // namespace
}  // namespace sim
