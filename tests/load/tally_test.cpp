#include "load/tally.h"

#include <gtest/gtest.h>

namespace load {
namespace {

using std::chrono::microseconds;

client::Answer done() { return {.took = microseconds(10)}; }
client::Answer refused(msg::Code code, std::string message = "no") {
  return {.refusal = msg::Refusal{.code = code, .message = std::move(message)}};
}
client::Answer traced() {
  auto answer = done();
  answer.header.spans = std::vector<msg::Span>{{"frontend", 7}, {"gate", 2}};
  return answer;
}

std::uint64_t of(const Tally::ByCode& counts, msg::Code code) { return counts[static_cast<std::size_t>(code)]; }

TEST(Tally, CountsSuccessesInTime) {
  Tally tally;
  tally.add(done(), microseconds(10), true, true);
  tally.add(done(), microseconds(30), true, false);
  EXPECT_EQ(tally.ops, 1U);
  EXPECT_EQ(tally.latencies.count(), 2U);
  EXPECT_EQ(tally.latencies.max(), 30'000U);
}

TEST(Tally, ABusinessRefusalIsNoErrorAndNoSuccess) {
  Tally tally;
  tally.add(refused(msg::Code::kOutOfStock), microseconds(10), true, true);
  EXPECT_EQ(tally.ops, 0U);
  EXPECT_EQ(tally.errors, 0U);
  EXPECT_EQ(of(tally.refused, msg::Code::kOutOfStock), 1U);
}

TEST(Tally, EveryOtherRefusalIsAnErrorAndTheFirstIsKept) {
  Tally tally;
  tally.add(refused(msg::Code::kUnavailable, "first"), microseconds(10), true, true);
  tally.add(refused(msg::Code::kBusy, "second"), microseconds(10), true, false);
  EXPECT_EQ(tally.errors, 2U);
  EXPECT_EQ(tally.first_error, "first");
  EXPECT_EQ(of(tally.failed, msg::Code::kBusy), 1U);
}

TEST(Tally, OfTheWarmUpOnlyErrorsAreKept) {
  Tally tally;
  tally.add(traced(), microseconds(10), false, true);
  tally.add(refused(msg::Code::kOutOfStock), microseconds(10), false, true);
  tally.add(refused(msg::Code::kUnavailable), microseconds(10), false, true);
  EXPECT_EQ(tally.ops, 0U);
  EXPECT_EQ(tally.latencies.count(), 0U);
  EXPECT_TRUE(tally.tiers.empty());
  EXPECT_EQ(of(tally.refused, msg::Code::kOutOfStock), 0U);
  EXPECT_EQ(tally.errors, 1U);
}

TEST(Tally, ATracedAnswerGivesTheTimeOfEachTier) {
  Tally tally;
  tally.add(traced(), microseconds(500), true, true);
  EXPECT_EQ(tally.tiers.at("client").max(), 10'000U);
  EXPECT_EQ(tally.tiers.at("frontend").max(), 7'000U);
  EXPECT_EQ(tally.tiers.at("gate").max(), 2'000U);
}

Tally full() {
  Tally tally;
  tally.add(traced(), microseconds(40), true, true);
  tally.add(refused(msg::Code::kOutOfStock), microseconds(50), true, true);
  tally.add(refused(msg::Code::kUnavailable, "gone"), microseconds(60), true, true);
  tally.stale = 2;
  tally.unsent = 3;
  tally.late.add(77);
  tally.lasted = std::chrono::seconds(4);
  return tally;
}

TEST(Tally, ThoseOfPartsAddUp) {
  Tally total;
  total.add(full());
  auto longer = full();
  longer.lasted = std::chrono::seconds(5);
  longer.first_error = "later";
  total.add(longer);
  EXPECT_EQ(total.ops, 2U);
  EXPECT_EQ(total.errors, 2U);
  EXPECT_EQ(total.first_error, "gone");
  EXPECT_EQ(total.stale, 4U);
  EXPECT_EQ(total.unsent, 6U);
  EXPECT_EQ(of(total.refused, msg::Code::kOutOfStock), 2U);
  EXPECT_EQ(of(total.failed, msg::Code::kUnavailable), 2U);
  EXPECT_EQ(total.latencies.count(), 6U);
  EXPECT_EQ(total.late.count(), 2U);
  EXPECT_EQ(total.tiers.at("gate").count(), 2U);
  EXPECT_EQ(total.lasted, std::chrono::seconds(5));
}

TEST(Tally, PassesThroughAPipeUnchanged) {
  const auto json = to_json(full());
  EXPECT_EQ(to_json(tally_of(tasks::Json::parse(json.dump()))), json);
  EXPECT_EQ(tally_of(json).latencies.quantile(1, 2), full().latencies.quantile(1, 2));
}

}  // namespace
}  // namespace load
