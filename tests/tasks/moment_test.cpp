#include "tasks/moment.h"

#include <gtest/gtest.h>

#include "tasks/output.h"

namespace tasks {
namespace {

constexpr std::int64_t kMoment = 1795285369505;  // 2026-11-21 18:22:49.505 UTC

std::int64_t at(std::string_view text) {
  const auto moment = parse_moment(text);
  EXPECT_TRUE(moment) << text;
  return moment.value_or(0);
}

TEST(Moment, APrintedTimeCanBeRead) {
  for (const std::int64_t moment : {kMoment, std::int64_t{0}, std::int64_t{951'868'799'999}, std::int64_t{1}}) {
    EXPECT_EQ(at(tasks::time_text(moment)), moment);
  }
}

TEST(Moment, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(at("2026-11-21T18:22:49.505Z"), kMoment);
  EXPECT_EQ(at("2026-11-21 18:22:49.505"), kMoment);
  EXPECT_EQ(at("2026-11-21 18:22:49.5"), kMoment - 5);
}

TEST(Moment, EachPartReachesItsBounds) {
  EXPECT_EQ(at("1970-01-01 00:00:00.000"), 0);
  EXPECT_EQ(at("1970-01-01 23:59:59.999"), 86'399'999);
  EXPECT_EQ(at("1970-12-31 00:00"), 364 * 86'400'000LL);
  EXPECT_EQ(at("1969-12-31 23:59:59.999"), -1);
  EXPECT_EQ(at("2000-02-29 00:00 UTC"), 951'782'400'000);
  EXPECT_EQ(at("1970-01-01 00:00:00.05"), 50);
}

TEST(Moment, APartThatIsLeftOutIsZero) {
  EXPECT_EQ(at("2026-11-21T18:22:49Z"), kMoment - 505);
  EXPECT_EQ(at("2026-11-21 18:22"), kMoment - 49'505);
}

TEST(Moment, ADateAloneIsItsBeginningWhereThatIsMeant) {
  EXPECT_EQ(parse_begin("1970-01-02").value_or(0), 86'400'000);
  EXPECT_EQ(parse_begin("2026-11-21 18:22:49.505").value_or(0), kMoment);
  EXPECT_FALSE(parse_begin("1970-02-30"));
  EXPECT_FALSE(parse_begin("1970-02"));
}

TEST(Moment, ATextThatIsNotATimeIsRefused) {
  for (const char* text : {"",
                           "now",
                           "2026-11-21",
                           "2026-11-21 18",
                           "2026-02-29 00:00",
                           "2026-13-01 00:00",
                           "2026-11-21 24:00",
                           "2026-11-21 18:60",
                           "2026-11-21 18:22:60",
                           "2026-11-21 18:22:49.5055",
                           "2026-11-21 18:22:49.",
                           "2026-11-21 18:22:49 CET",
                           "2026-11-21 18:22:49+01:00",
                           "-026-11-21 18:22",
                           "2026-11-21  8:22",
                           "2026-11-21 18:22:49 UTC x",
                           "2026/11-21 18:22",
                           "2026-11/21 18:22",
                           "2026-11-21x18:22",
                           "2026-11-21 18x22",
                           "2026-11-21 18:22:4",
                           "2026-11-21 1/:22",
                           "2026-11-21 1::22",
                           "2026-11-21 18:22.5",
                           "2026-11-21 18:22:49.5 ",
                           "2026-00-21 18:22",
                           "2026-11-00 18:22",
                           "2026-11-31 18:22",
                           "2026-11-21 18:22Z UTC"}) {
    EXPECT_FALSE(parse_moment(text)) << text;
  }
}

}  // namespace
}  // namespace tasks
