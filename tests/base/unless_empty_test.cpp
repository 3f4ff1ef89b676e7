#include "base/unless_empty.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace {

TEST(UnlessEmpty, AnEmptyValueIsMissing) {
  EXPECT_EQ(base::unless_empty(std::string()), std::nullopt);
  EXPECT_EQ(base::unless_empty(std::vector<int>()), std::nullopt);
  EXPECT_EQ(base::unless_empty(std::map<int, int>()), std::nullopt);
}

TEST(UnlessEmpty, AnotherIsAsItWas) {
  EXPECT_EQ(base::unless_empty(std::string("x")), "x");
  EXPECT_EQ(base::unless_empty(std::vector{0}), std::vector{0});
}

}  // namespace
