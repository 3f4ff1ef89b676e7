// How wide texts are on a terminal, and how they are cut to fit.
#include "text/columns.h"

#include <gtest/gtest.h>

namespace text {
namespace {

TEST(Columns, ACharacterTakesOneTwoOrNone) {
  EXPECT_EQ(columns_of(""), 0U);
  EXPECT_EQ(columns_of("abc"), 3U);
  EXPECT_EQ(columns_of("größe"), 5U);
  EXPECT_EQ(columns_of("gro\u0308\u00dfe"), 5U) << "a mark of its own takes no column";
  EXPECT_EQ(columns_of("日本"), 4U);
  EXPECT_EQ(columns_of("\U0001F4D6"), 2U);
  EXPECT_EQ(columns_of("\xff"), 1U) << "bytes that are not UTF-8 end nothing";
}

TEST(Columns, ATextThatIsTooLongIsCutAndSaysSo) {
  EXPECT_EQ(cut("abc", 3), "abc");
  EXPECT_EQ(cut("abcd", 3), "ab…");
  EXPECT_EQ(cut("abcd", 1), "…");
  EXPECT_EQ(cut("abcd", 0), "");
  EXPECT_EQ(cut("日本語", 5), "日本…");
  EXPECT_EQ(cut("日本語", 4), "日…") << "half of a wide character does not fit";
}

TEST(Columns, AFilledTextTakesExactlySoMany) {
  EXPECT_EQ(filled("ab", 4), "ab  ");
  EXPECT_EQ(filled("日本語", 4), "日… ");
  EXPECT_EQ(filled("", 2), "  ");
}

}  // namespace
}  // namespace text
