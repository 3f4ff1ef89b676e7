// Every role's families exist from the start, and no text from a client becomes the name of a counter.
#include "msg/counters.h"

#include <gtest/gtest.h>

#include <map>

namespace msg {
namespace {

std::map<std::string, std::uint64_t> all_of(const base::Counters& counters) {
  std::map<std::string, std::uint64_t> all;
  counters.each([&](std::string_view name, std::uint64_t value) { all.emplace(name, value); });
  return all;
}

TEST(CountersOfRoles, AreToldFromTheStart) {
  const auto frontend = all_of(counters_of(Role::kFrontend));
  EXPECT_EQ(frontend.at("requests_place"), 0U);
  EXPECT_EQ(frontend.at("refused_busy"), 0U);
  EXPECT_EQ(frontend.at("cache_hits"), 0U);
  const auto catalog = all_of(counters_of(Role::kCatalog));
  EXPECT_EQ(catalog.at("requests_snapshot"), 0U);
  EXPECT_EQ(catalog.count("requests_place"), 0U);
  EXPECT_EQ(all_of(counters_of(Role::kOrder)).at("requests_rows"), 0U);
  EXPECT_EQ(all_of(counters_of(Role::kBroker)).at("grants"), 0U);
}

TEST(CountersOfRoles, ACounterThatAHeartbeatDoesNotTellIsZero) {
  const Heartbeat beat{.counters = {{"a", 1}, {"b", 2}}};
  EXPECT_EQ(counter_of(beat, "b"), 2U);
  EXPECT_EQ(counter_of(beat, "c"), 0U);
}

TEST(CountersOfRoles, ATypeThatTheRoleDoesNotAnswerIsUnknown) {
  auto counters = counters_of(Role::kCatalog);
  const auto names = all_of(counters).size();
  count_request(counters, Role::kCatalog, "lookup");
  count_request(counters, Role::kCatalog, "place");
  count_request(counters, Role::kCatalog, std::string(1000, 'x'));
  const auto all = all_of(counters);
  EXPECT_EQ(all.at("requests_lookup"), 1U);
  EXPECT_EQ(all.at("requests_unknown"), 2U);
  EXPECT_EQ(all.size(), names);
}

TEST(CountersOfRoles, ARefusalIsCountedByItsWord) {
  auto counters = counters_of(Role::kOrder);
  count_refusal(counters, Code::kInvalid);
  count_refusal(counters, Code::kMalformed);
  const auto all = all_of(counters);
  EXPECT_EQ(all.at("refused_invalid"), 1U);
  EXPECT_EQ(all.at("refused_malformed"), 1U);
  EXPECT_EQ(all.at("malformed"), 1U);
}

}  // namespace
}  // namespace msg
