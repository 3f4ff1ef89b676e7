#include "frontend/block_times.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>

namespace frontend {
namespace {

using base::Seq;
using std::chrono::microseconds;

base::Mono at(std::int64_t us) { return base::Mono(microseconds(us)); }
msg::BlockTimes published(std::int64_t us) { return {20, 100, static_cast<std::uint64_t>(us * 1000)}; }

class BlockTimesTest : public ::testing::Test {
 protected:
  std::map<std::string, std::uint64_t> spans(std::uint64_t event, std::uint64_t commit = 200) const {
    std::vector<msg::Span> spans{{"order", commit + 10}, {"commit", commit}};
    times.add_to(spans, Seq(event));
    std::map<std::string, std::uint64_t> added;
    for (const auto& span : spans) added[span.tier] = span.us;
    added.erase("order");
    added.erase("commit");
    return added;
  }

  BlockTimes times;
};

TEST_F(BlockTimesTest, AddUpToTheWayOfABlock) {
  times.came(Seq(5), published(1000), true, at(1040));
  times.acknowledged(Seq(5), at(1050));
  times.marked(Seq(5), at(1120));
  EXPECT_EQ(spans(5),
            (std::map<std::string, std::uint64_t>{
                {"append", 80}, {"queue", 20}, {"flush", 100}, {"fan-out", 40}, {"apply", 10}, {"watermark", 70}}));
}

TEST_F(BlockTimesTest, AreThoseOfTheBlockThatHoldsTheEvent) {
  times.came(Seq(5), published(1000), true, at(1001));
  times.came(Seq(9), published(2000), true, at(2007));
  EXPECT_EQ(spans(5)["fan-out"], 1U);
  EXPECT_EQ(spans(6)["fan-out"], 7U);
  EXPECT_EQ(spans(9)["fan-out"], 7U);
  EXPECT_TRUE(spans(10).empty());
}

TEST_F(BlockTimesTest, TheClockOfAnotherHostTellsNoFanOut) {
  times.came(Seq(5), published(1000), false, at(1040));
  EXPECT_EQ(spans(5).count("fan-out"), 0U);
  EXPECT_EQ(spans(5).count("flush"), 1U);
}

TEST_F(BlockTimesTest, AWayThatCannotBeTellsNoFanOut) {
  times.came(Seq(1), published(1041), true, at(1040));
  times.came(Seq(2), {0, 0, std::numeric_limits<std::uint64_t>::max()}, true, at(1040));
  times.came(Seq(3), {0, 0, 0}, true, at(20'000'000));
  for (const std::uint64_t event : {1U, 2U, 3U}) EXPECT_EQ(spans(event).count("fan-out"), 0U) << event;
}

TEST_F(BlockTimesTest, TheBrokersTimesMayBeLongerThanTheWritersCommit) {
  times.came(Seq(5), published(1000), true, at(1040));
  EXPECT_EQ(spans(5, 70)["append"], 0U) << "an event that came late does not wait for the whole queue";
  times.came(Seq(6), {std::numeric_limits<std::uint64_t>::max(), 1, 0}, true, at(1040));
  EXPECT_EQ(spans(6)["append"], 200U);
}

TEST_F(BlockTimesTest, WithoutAnAcknowledgementThereIsNoWatermark) {
  times.came(Seq(5), published(1000), true, at(1040));
  times.marked(Seq(5), at(1045));
  EXPECT_EQ(spans(5).count("apply"), 0U);
  EXPECT_EQ(spans(5).count("watermark"), 0U);
  times.acknowledged(Seq(5), at(1050));
  EXPECT_EQ(spans(5)["watermark"], 0U) << "it had moved before";
}

TEST_F(BlockTimesTest, AnAnswerWithoutACommitGetsNone) {
  times.came(Seq(5), published(1000), true, at(1040));
  std::vector<msg::Span> spans{{"order", 10}};
  times.add_to(spans, Seq(5));
  EXPECT_EQ(spans.size(), 1U);
}

TEST_F(BlockTimesTest, OfBlocksThatAreLongGoneThereAreNone) {
  for (std::uint64_t last = 1; last <= BlockTimes::kBlocksMax + 5; ++last) {
    times.came(Seq(last), published(1000), true, at(1040));
  }
  EXPECT_TRUE(spans(1).empty());
  EXPECT_FALSE(spans(BlockTimes::kBlocksMax).empty());
}

TEST_F(BlockTimesTest, ABlockThatComesAgainChangesNothing) {
  times.came(Seq(5), published(1000), true, at(1040));
  times.came(Seq(5), published(1000), true, at(9999));
  EXPECT_EQ(spans(5)["fan-out"], 40U);
}

}  // namespace
}  // namespace frontend
