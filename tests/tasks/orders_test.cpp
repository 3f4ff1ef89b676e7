#include "tasks/orders.h"

#include <gtest/gtest.h>

namespace {

TEST(LastThat, IsFoundInFewSteps) {
  for (const std::uint64_t last : {0ULL, 1ULL, 2ULL, 3ULL, 7ULL, 8ULL, 9ULL, 1'000'000ULL, 123'456'789'012ULL}) {
    unsigned calls = 0;
    const auto found = tasks::last_that([&](std::uint64_t number) {
      ++calls;
      return number <= last;
    });
    EXPECT_EQ(found, last);
    EXPECT_LE(calls, 80U);
  }
}

TEST(LastThat, EndsAlsoIfItHoldsForAll) {
  EXPECT_GT(tasks::last_that([](std::uint64_t) { return true; }), std::uint64_t{1} << 30);
}

}  // namespace
