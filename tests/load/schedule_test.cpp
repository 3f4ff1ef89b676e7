#include "load/schedule.h"

#include <gtest/gtest.h>

#include <vector>

namespace load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Plan closed() { return {.length = seconds(2)}; }
Plan open(double rate) { return {.rate = rate, .length = seconds(2)}; }

// How many requests start at `passed`, one after another.
unsigned started(Schedule& schedule, base::Duration passed) {
  unsigned count = 0;
  while (count < 1'000'000 && schedule.next(passed)) ++count;
  return count;
}

TEST(ClosedLoop, StartsARequestWheneverItIsAsked) {
  Schedule schedule(closed());
  for (const auto passed : {milliseconds(0), milliseconds(1), milliseconds(1999)}) {
    const auto start = schedule.next(passed);
    ASSERT_TRUE(start);
    EXPECT_EQ(start->intended, passed);
    EXPECT_TRUE(start->counts);
  }
}

TEST(ClosedLoop, EndsWithItsTime) {
  Schedule schedule(closed());
  EXPECT_FALSE(schedule.over(milliseconds(1999)));
  EXPECT_TRUE(schedule.over(seconds(2)));
  EXPECT_FALSE(schedule.next(seconds(2)));
  EXPECT_FALSE(schedule.missed());
}

TEST(ClosedLoop, EndsAfterItsRequestsHoweverLongTheyTake) {
  auto plan = closed();
  plan.requests = 3;
  Schedule schedule(plan);
  EXPECT_TRUE(schedule.next(seconds(100)));
  EXPECT_EQ(started(schedule, seconds(1000)), 2U);
  EXPECT_TRUE(schedule.over(seconds(1000)));
}

TEST(OpenLoop, ARequestIsDueAtEachTurnOfTheRate) {
  Schedule schedule(open(1000));
  EXPECT_EQ(started(schedule, milliseconds(0)), 1U);
  EXPECT_EQ(schedule.due(), milliseconds(1));
  EXPECT_EQ(started(schedule, base::Duration(milliseconds(1)) - base::Duration(1)), 0U);
  EXPECT_EQ(started(schedule, milliseconds(1)), 1U);
  EXPECT_EQ(started(schedule, milliseconds(11)), 10U);
}

TEST(OpenLoop, AfterAStallTheRequestsCountFromWhenTheyWereDue) {
  Schedule schedule(open(1000));
  std::vector<base::Duration> waits;
  while (const auto start = schedule.next(milliseconds(500))) waits.push_back(milliseconds(500) - start->intended);
  ASSERT_EQ(waits.size(), 501U);
  EXPECT_EQ(waits.front(), milliseconds(500));
  EXPECT_EQ(waits[250], milliseconds(250));
  EXPECT_EQ(waits.back(), milliseconds(0));
}

TEST(OpenLoop, KeepsItsRateForHours) {
  Schedule schedule({.rate = 3, .length = std::chrono::hours(10)});
  EXPECT_EQ(started(schedule, std::chrono::hours(1)), 3U * 3600 + 1);
  EXPECT_EQ(schedule.due(), base::Duration(3'600'333'333'334));  // the third of a second is rounded up
}

TEST(OpenLoop, TellsWhatWasDueAndDidNotStart) {
  Schedule schedule(open(10));
  EXPECT_EQ(started(schedule, milliseconds(500)), 6U);
  EXPECT_FALSE(schedule.next(seconds(2)));
  unsigned missed = 0;
  for (base::Duration last{}; const auto start = schedule.missed(); ++missed) {
    EXPECT_GT(start->intended, last);
    last = start->intended;
  }
  EXPECT_EQ(missed, 14U);  // 20 in 2 s
}

TEST(OpenLoop, IsOverWhenItsLastRequestHasStarted) {
  Schedule schedule(open(1));
  EXPECT_EQ(started(schedule, milliseconds(1500)), 2U);
  EXPECT_TRUE(schedule.over(milliseconds(1500)));
}

TEST(OpenLoop, WithANumberOfRequestsNoneIsMissed) {
  auto plan = open(10);
  plan.requests = 50;
  Schedule schedule(plan);
  EXPECT_FALSE(schedule.missed());
  EXPECT_EQ(started(schedule, seconds(100)), 50U);
  EXPECT_TRUE(schedule.over(seconds(100)));
  EXPECT_FALSE(schedule.missed());
}

TEST(WarmUp, ItsRequestsDoNotCountAndTheTimeBeginsAfterIt) {
  auto plan = open(10);
  plan.warmup = seconds(1);
  Schedule schedule(plan);
  unsigned counted = 0;
  unsigned all = 0;
  while (const auto start = schedule.next(milliseconds(2999))) {
    ++all;
    if (start->counts) ++counted;
  }
  EXPECT_EQ(all, 30U);
  EXPECT_EQ(counted, 20U);
}

TEST(WarmUp, IsNotPartOfTheNumberOfRequests) {
  auto plan = closed();
  plan.warmup = seconds(1);
  plan.requests = 2;
  Schedule schedule(plan);
  EXPECT_FALSE(schedule.next(milliseconds(10))->counts);
  EXPECT_FALSE(schedule.next(milliseconds(999))->counts);
  EXPECT_EQ(started(schedule, seconds(1)), 2U);
}

}  // namespace
}  // namespace load
