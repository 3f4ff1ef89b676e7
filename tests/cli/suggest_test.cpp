#include "cli/suggest.h"

#include <gtest/gtest.h>

namespace {

TEST(Suggest, TheDistanceCountsInsertedDeletedReplacedAndSwappedLetters) {
  EXPECT_EQ(cli::edit_distance("lookup", "lookup"), 0U);
  EXPECT_EQ(cli::edit_distance("lokup", "lookup"), 1U);
  EXPECT_EQ(cli::edit_distance("lookkup", "lookup"), 1U);
  EXPECT_EQ(cli::edit_distance("lockup", "lookup"), 1U);
  EXPECT_EQ(cli::edit_distance("olokup", "lookup"), 1U);
  EXPECT_EQ(cli::edit_distance("", "buy"), 3U);
  EXPECT_EQ(cli::edit_distance("buy", ""), 3U);
  EXPECT_EQ(cli::edit_distance("abc", "xyz"), 3U);
}

TEST(Suggest, TheNearestWordIsFound) {
  const std::vector<std::string> words{"order", "orders", "lookup", "buy"};
  EXPECT_EQ(cli::nearest("oder", words), "order");
  EXPECT_EQ(cli::nearest("ordesr", words), "orders");
  EXPECT_EQ(cli::nearest("by", words), "buy");
  EXPECT_EQ(cli::nearest("loo", words), "lookup") << "its beginning";
}

TEST(Suggest, AWordThatIsFarFromAllHasNone) {
  const std::vector<std::string> words{"order", "lookup", "buy"};
  EXPECT_EQ(cli::nearest("zebra", words), "");
  EXPECT_EQ(cli::nearest("xy", words), "") << "two of two letters are wrong";
  EXPECT_EQ(cli::nearest("", words), "");
  EXPECT_EQ(cli::nearest(std::string(100'000, 'o'), words), "");
}

}  // namespace
