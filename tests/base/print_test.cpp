#include "base/print.h"

#include <gtest/gtest.h>

#include "base/ids.h"

namespace base {
namespace {

TEST(FormatShown, TextsAreShownAndLiteralsStay) {
  const std::string outside = "a\x1b[2J\nb";
  EXPECT_EQ(format_shown("{}: {}\n", outside, std::string_view("\u202e")), "a\\u001b[2J\\u000ab: \\u202e\n");
  EXPECT_EQ(format_shown("{}red{}\n", "\033[1;31m", "\033[0m"), "\033[1;31mred\033[0m\n");
  EXPECT_EQ(format_shown("{:>3}|{:<4}|{}", 7, std::string("x"), ItemId(5)), "  7|x   |5");
  EXPECT_EQ(format_shown("none\n"), "none\n");
}

TEST(Print, ExactBytesAreWrittenAsTheyAre) {
  testing::internal::CaptureStdout();
  print("{}\n", std::string("a\tb"));
  print_exact("a\tb\u202e\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "a\\u0009b\na\tb\u202e\n");
}

}  // namespace
}  // namespace base
