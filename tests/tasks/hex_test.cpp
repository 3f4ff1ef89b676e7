#include "tasks/hex.h"

#include <gtest/gtest.h>

namespace tasks {
namespace {

TEST(Hex, IsOfTwoDigitsAByteInLowerCase) {
  EXPECT_EQ(hex(std::string("\x00\x0f\xff", 3)), "000fff");
  EXPECT_EQ(hex(std::uint64_t{0x1f}), "000000000000001f");
  EXPECT_EQ(bytes_of_hex("000fff"), std::string("\x00\x0f\xff", 3));
  EXPECT_EQ(bytes_of_hex(""), "");
  for (const auto* other : {"0", "0FFF", "0g", "00 0"}) EXPECT_EQ(bytes_of_hex(other), std::nullopt) << other;
}

}  // namespace
}  // namespace tasks
