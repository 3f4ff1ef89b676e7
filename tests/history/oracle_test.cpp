// Compares the checker with the oracle on thousands of small histories that were mixed up. A history with an order must
// always hold. Nearly all others must be found; history.h lists what is not checked.
#include "tests/history/oracle.h"

#include "tests/history/mix.h"
#include "tests/history/sentences.h"
#include "tests/support/seeds.h"

namespace history {
namespace {

constexpr std::uint64_t kSmall = support::seeds_of(30'000);

std::string line(const Operation& operation) {
  auto text = "  " + describe(operation, 0) + ", seq " + std::to_string(operation.seq.value());
  const auto* items = std::get_if<msg::ItemsReply>(&operation.answer);
  const auto* orders = std::get_if<msg::OrdersReply>(&operation.answer);
  if (items && items->next) text += ", next " + std::to_string(items->next->value());
  if (orders && orders->next) text += ", next " + std::to_string(orders->next->value());
  return text + "\n";
}

World::Size small(std::uint64_t seed) { return {4 + seed % 4, 3, true, false}; }

TEST(Oracle, FindsTheOrderOfARightHistory) {
  for (std::uint64_t seed = 1; seed <= kSmall / 10; ++seed) {
    const World world(seed, small(seed));
    ASSERT_TRUE(Oracle(world.history).has_order()) << "seed " << seed;
  }
}

struct Agreement {
  unsigned found = 0;  // of the wrong histories
  unsigned wrong = 0;
};

// Mixes one history of each seed up, and asks both.
Agreement compare(std::uint64_t seeds, bool edits, bool places) {
  std::map<std::string, std::array<unsigned, 4>> counts;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    auto size = small(seed);
    size.edits = edits;
    size.places = places;
    World world(seed, size);
    base::Random random(seed + 1'000'000);
    const auto name = mix(random, world.history, 2);
    if (name.empty()) continue;
    const bool has_order = Oracle(world.history).has_order();
    const auto verdict = check(world.history);
    const bool holds = verdict.result == Result::kHolds;
    ++counts[name][(has_order ? 0U : 2U) + (holds ? 0U : 1U)];
    if (!has_order || holds) continue;
    std::string text;
    for (const auto& operation : world.history) text += line(operation);
    ADD_FAILURE() << "seed " << seed << ", " << name << ": it has an order\n"
                  << text << sentences::told(world.history, verdict);
  }
  Agreement all;
  for (const auto& [name, n] : counts) {
    std::printf("  %-40s right: %5u hold %5u not; wrong: %5u hold %5u not\n", name.c_str(), n[0], n[1], n[2], n[3]);
    all.found += n[3];
    all.wrong += n[2] + n[3];
  }
  return all;
}

TEST(Oracle, AgreesWithTheChecker) {
  const auto all = compare(kSmall, false, false);
  EXPECT_GT(all.wrong, kSmall / 4);
  EXPECT_GE(all.found * 100, all.wrong * 93);
}

// An edit without an answer may explain much, so fewer mistakes are certain.
TEST(Oracle, AgreesWithTheCheckerAboutEdits) {
  const auto all = compare(kSmall / 3, true, false);
  EXPECT_GT(all.wrong, kSmall / 12);
  EXPECT_GE(all.found * 100, all.wrong * 75);
}

// It is not judged whether a place was known at which pieces came in.
TEST(Oracle, AgreesWithTheCheckerAboutPlaces) {
  const auto all = compare(kSmall / 3, false, true);
  EXPECT_GT(all.wrong, kSmall / 12);
  EXPECT_GE(all.found * 100, all.wrong * 75);
}

}  // namespace
}  // namespace history
