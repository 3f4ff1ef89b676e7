// The currencies that a store may have.
#include "msg/currency.h"

#include <gtest/gtest.h>

namespace msg {
namespace {

TEST(CurrencyOf, KnowsTheDigitsOfEachCode) {
  EXPECT_EQ(currency_of("EUR"), (Currency{"EUR", 2}));
  EXPECT_EQ(currency_of("JPY"), (Currency{"JPY", 0}));
  EXPECT_EQ(currency_of("KWD"), (Currency{"KWD", 3}));
  EXPECT_EQ(currency_of("CLF"), (Currency{"CLF", 4}));
}

TEST(CurrencyOf, KnowsNoOtherText) {
  for (const auto* text : {"", "EU", "EURO", "eur", "EUT", "UR ", "R U", "€"}) {
    EXPECT_EQ(currency_of(text), std::nullopt) << text;
  }
}

TEST(IsSound, ACurrencyOfALaterReleaseMayBeShownAndNonsenseMayNot) {
  EXPECT_TRUE(is_sound({"XXY", 0}));
  EXPECT_FALSE(is_sound({"EUR", 5}));
  EXPECT_FALSE(is_sound({"<b>", 2}));
  EXPECT_FALSE(is_sound({"", 2}));
}

}  // namespace
}  // namespace msg
