#include "tasks/money.h"

#include <gtest/gtest.h>

namespace {

std::int64_t cents(std::string_view text) {
  const auto parsed = tasks::parse_money(text);
  return parsed ? parsed->value() : -1;
}

TEST(Money, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(cents("25.99"), 2599);
  EXPECT_EQ(cents("25.9"), 2590);
  EXPECT_EQ(cents("25.09"), 2509);
  EXPECT_EQ(cents("25"), 2500);
  EXPECT_EQ(cents("0"), 0);
  EXPECT_EQ(cents("0.01"), 1);
}

TEST(Money, TheHighestPriceIsThatOfTheProtocol) {
  EXPECT_EQ(cents("10000000.00"), 1'000'000'000);
  EXPECT_EQ(cents("10000000.01"), -1);
  EXPECT_EQ(cents("184467440737095517"), -1);  // would wrap around as cents
  EXPECT_EQ(cents("99999999999999999999999"), -1);
}

TEST(Money, AnythingElseIsRefused) {
  for (const auto* text : {"", ".", "1.", ".5", "1.999", "-1", "+1", "1e3", "1,50", " 1", "1 ", "1.-5", "1.+5", "1.2.3",
                           "0x10", "nan", "1.5x"}) {
    EXPECT_EQ(cents(text), -1) << text;
  }
}

TEST(Money, IsWrittenWithTwoDecimals) {
  EXPECT_EQ(tasks::money(base::Cents(2599)), "25.99");
  EXPECT_EQ(tasks::money(base::Cents(5)), "0.05");
  EXPECT_EQ(tasks::money(base::Cents(0)), "0.00");
  EXPECT_EQ(tasks::money(base::Cents(-150)), "-1.50");
}

const tasks::Currency kYen = msg::Currency{"JPY", 0};
const tasks::Currency kDinar = msg::Currency{"KWD", 3};

TEST(Money, HasTheDecimalsOfItsCurrency) {
  EXPECT_EQ(tasks::parse_money("2500", kYen), base::Cents(2500));
  EXPECT_EQ(tasks::parse_money("2.5", kDinar), base::Cents(2500));
  EXPECT_EQ(tasks::parse_money("2.555", kDinar), base::Cents(2555));
  for (const auto* text : {"25.0", "25.", "-25"}) EXPECT_FALSE(tasks::parse_money(text, kYen)) << text;
  EXPECT_FALSE(tasks::parse_money("2.5555", kDinar));
  EXPECT_EQ(tasks::money(base::Cents(2500), kYen), "2500");
  EXPECT_EQ(tasks::money(base::Cents(-2005), kDinar), "-2.005");
  EXPECT_EQ(tasks::priced(base::Cents(2500), kYen), "2500 JPY");
  EXPECT_EQ(tasks::priced(base::Cents(2500), {}), "25.00");
}

TEST(Money, TheHighestPriceIsThatManyMinorUnitsInEachCurrency) {
  EXPECT_TRUE(tasks::parse_money("1000000000", kYen));
  EXPECT_FALSE(tasks::parse_money("1000000001", kYen));
  EXPECT_TRUE(tasks::parse_money("1000000.000", kDinar));
  EXPECT_FALSE(tasks::parse_money("1000000.001", kDinar));
}

TEST(Money, ACurrencyWithMoreDecimalsThanThereAreIsNotBelieved) {
  const tasks::Currency strange = msg::Currency{"XXX", 4'000'000'000};
  EXPECT_EQ(tasks::money(base::Cents(12345), strange), "1.2345");
}

TEST(Numbers, AreWholeAndDecimal) {
  EXPECT_EQ(tasks::parse_number("42"), 42U);
  EXPECT_EQ(tasks::parse_number("18446744073709551615"), 18446744073709551615U);
  for (const auto* text : {"", "-1", "+1", "1.0", "1x", " 1", "18446744073709551616"}) {
    EXPECT_FALSE(tasks::parse_number(text)) << text;
  }
}

TEST(Numbers, MayHaveASignWhereItMeansSomething) {
  EXPECT_EQ(tasks::parse_signed("-3"), -3);
  EXPECT_EQ(tasks::parse_signed("+3"), 3);
  for (const auto* text : {"", "+", "-", "+-3", "--3", "++3"}) EXPECT_FALSE(tasks::parse_signed(text)) << text;
}

}  // namespace
