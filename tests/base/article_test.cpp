#include "base/article.h"

#include <gtest/gtest.h>

namespace {

TEST(Article, IsAnBeforeAVowel) {
  EXPECT_EQ(base::with_article("order"), "an order");
  EXPECT_EQ(base::with_article("admin"), "an admin");
  EXPECT_EQ(base::with_article("broker"), "a broker");
  EXPECT_EQ(base::with_article(""), "a ");
}

}  // namespace
