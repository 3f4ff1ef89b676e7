#include "base/decimal.h"

#include <gtest/gtest.h>

namespace {

TEST(Decimal, IsDigitsAlone) {
  EXPECT_EQ(base::decimal("0"), 0U);
  EXPECT_EQ(base::decimal("007"), 7U);
  EXPECT_EQ(base::decimal("18446744073709551615"), UINT64_MAX);
  for (const char* other : {"", " ", "-1", "+1", " 1", "1 ", "1.0", "0x1", "one", "18446744073709551616"}) {
    EXPECT_EQ(base::decimal(other), std::nullopt) << other;
  }
}

}  // namespace
