// A value that is seldom there, against std::optional.
#include "base/rare.h"

#include <gtest/gtest.h>

#include <string>

namespace base {
namespace {

using Text = Rare<std::string>;

TEST(Rare, TakesTheRoomOfAPointer) { EXPECT_EQ(sizeof(Text), sizeof(void*)); }

TEST(Rare, IsUsedLikeAnOptionalValue) {
  Text text;
  EXPECT_FALSE(text.has_value());
  EXPECT_EQ(text.value_or("none"), "none");
  EXPECT_EQ(std::optional<std::string>(text), std::nullopt);
  text = std::string("a");
  ASSERT_TRUE(text);
  EXPECT_EQ(*text, "a");
  EXPECT_EQ(text->size(), 1U);
  EXPECT_EQ(text.value_or("none"), "a");
  EXPECT_EQ(std::optional<std::string>(text), "a");
  text.emplace() += "b";
  EXPECT_EQ(*text, "b") << "emplace begins anew";
  text.reset();
  EXPECT_FALSE(text);
  text = std::optional<std::string>("c");
  EXPECT_EQ(*text, "c");
  text = std::nullopt;
  EXPECT_FALSE(text);
}

TEST(Rare, CopiesAreDeep) {
  Text one = std::string("a");
  Text two = one;
  *two = "b";
  EXPECT_EQ(*one, "a");
  one = two;
  *two = "c";
  EXPECT_EQ(*one, "b");
  const auto* self = &one;
  one = *self;
  EXPECT_EQ(*one, "b");
  Text three = std::move(two);
  EXPECT_EQ(*three, "c");
}

TEST(Rare, IsEqualByItsValue) {
  EXPECT_EQ(Text(), Text());
  EXPECT_EQ(Text(std::string("a")), Text(std::string("a")));
  EXPECT_FALSE(Text(std::string("a")) == Text(std::string("b")));
  EXPECT_FALSE(Text(std::string("a")) == Text());
  EXPECT_FALSE(Text() == Text(std::string("a")));
}

}  // namespace
}  // namespace base
