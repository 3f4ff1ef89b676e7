// Counters are declared once, and the names, kinds and descriptions that a process gives come from the declarations.
#include "base/counters.h"

#include <gtest/gtest.h>

#include <set>

namespace base {
namespace {

std::map<std::string, std::uint64_t> told(const Counters& counters) {
  std::map<std::string, std::uint64_t> all;
  counters.each([&](std::string_view name, std::uint64_t value) { all.emplace(name, value); });
  return all;
}

TEST(Counters, AllOfTheOwnerAreToldFromTheStart) {
  const auto all = told(Counters(kOfBroker));
  EXPECT_EQ(all.at("blocks"), 0U);
  EXPECT_EQ(all.count("cache_hits"), 0U) << "a broker has no cache";
}

TEST(Counters, ACounterThatTheOwnerShouldNotHaveIsToldOnceItCounts) {
  Counters counters(kOfBroker);
  ++counters["cache_hits"];
  EXPECT_EQ(told(counters).at("cache_hits"), 1U);
}

TEST(Counters, AFamilyHasACounterForEachValue) {
  Counters counters(kOfLoop);
  counters.of("refused", "busy") += 2;
  ++counters.of("refused", "invalid");
  const auto all = told(counters);
  EXPECT_EQ(all.at("refused_busy"), 2U);
  EXPECT_EQ(all.at("refused_invalid"), 1U);
  EXPECT_EQ(all.count("refused"), 0U);
}

TEST(Counters, AMeaningIsFoundByName) {
  EXPECT_EQ(meaning_of("queue_bytes").declared->kind, CounterKind::kGauge);
  const auto refused = meaning_of("refused_key_reused");
  EXPECT_EQ(refused.declared->label, "word");
  EXPECT_EQ(refused.value, "key_reused");
  for (const auto unknown : {"", "refused", "refused_", "requests", "blocks_", "x"}) {
    EXPECT_EQ(meaning_of(unknown).declared, nullptr) << unknown;
  }
}

TEST(Counters, NamesTellTheUnitAndAreOfOneKind) {
  std::set<std::string_view> names;
  for (const auto& one : kCounters) {
    EXPECT_TRUE(names.insert(one.name).second) << one.name << " is declared twice";
    EXPECT_FALSE(one.help.empty() || one.help.ends_with(".")) << one.name;
    EXPECT_EQ(one.label.empty(), !has_label(one.kind)) << one.name;
    EXPECT_NE(one.owners, 0) << one.name;
    EXPECT_FALSE(one.name.ends_with("_total") || one.name.ends_with("_ms")) << one.name;
    if (!has_label(one.kind)) {
      EXPECT_EQ(meaning_of(one.name).declared, &one) << "a family takes the name " << one.name;
    }
  }
}

}  // namespace
}  // namespace base
