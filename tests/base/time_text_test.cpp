#include "base/time_text.h"

#include <gtest/gtest.h>

#include <utility>

namespace base {
namespace {

TEST(TimeText, ASpanHasTheLargestUnitThatFits) {
  for (const auto& [milliseconds, text] : {std::pair<std::int64_t, const char*>{1, "1ms"},
                                           {1500, "1500ms"},
                                           {90'000, "90s"},
                                           {300'000, "5m"},
                                           {36 * 3'600'000LL, "36h"},
                                           {7 * 86'400'000LL, "7d"}}) {
    EXPECT_EQ(span_text(milliseconds), text);
  }
}

TEST(TimeText, AnInstantIsInUtcWithItsMilliseconds) {
  EXPECT_EQ(instant_text(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(instant_text(1'800'000'000'123), "2027-01-15T08:00:00.123Z");
}

}  // namespace
}  // namespace base
