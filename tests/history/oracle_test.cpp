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

TEST(Oracle, AgreesWithTheChecker) {
  std::map<std::string, std::array<unsigned, 4>> counts;
  for (std::uint64_t seed = 1; seed <= kSmall; ++seed) {
    World world(seed, small(seed));
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
  unsigned found = 0;
  unsigned wrong = 0;
  for (const auto& [name, n] : counts) {
    std::printf("  %-40s right: %5u hold %5u not; wrong: %5u hold %5u not\n", name.c_str(), n[0], n[1], n[2], n[3]);
    found += n[3];
    wrong += n[2] + n[3];
  }
  EXPECT_GT(wrong, kSmall / 4);
  EXPECT_GE(found * 100, wrong * 93);
}

}  // namespace
}  // namespace history
