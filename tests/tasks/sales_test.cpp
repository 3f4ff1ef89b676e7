// The sums of what was sold, in groups.
#include "tasks/sales.h"

#include <gtest/gtest.h>

namespace tasks {
namespace {

constexpr std::int64_t kHour = 3'600'000;
constexpr std::int64_t kDay = 24 * kHour;
constexpr std::int64_t kNoon = 1795262400000;  // 2026-11-21 12:00 UTC

msg::OrderLine line(std::uint64_t item, std::int64_t quantity, std::int64_t price) {
  return {msg::ItemId(item), msg::Quantity(quantity), msg::Cents(price), {}};
}
msg::Order order(std::uint64_t no, std::vector<msg::OrderLine> lines) {
  return {.no = msg::OrderNo(no), .seq = msg::Seq(no), .at = kNoon, .lines = std::move(lines)};
}
msg::Order taken_back(msg::Order order, std::uint64_t seq, std::vector<msg::OrderLine> lines) {
  if (!order.cancellations) order.cancellations.emplace();
  order.cancellations->push_back({.no = order.no, .seq = msg::Seq(seq), .lines = std::move(lines)});
  return order;
}
Sales sales(std::uint64_t orders, std::int64_t pieces, std::int64_t back, std::int64_t gross, std::int64_t money_back) {
  return {orders, msg::Quantity(pieces), msg::Quantity(back), msg::Cents(gross), msg::Cents(money_back)};
}

// Groups items by their tens; items from 90 on are in no group, and pieces of the annex are in group -1.
class TallyTest : public testing::Test {
 protected:
  Tally tally{[](const msg::Order&, msg::ItemId item, const std::string& place) {
                if (place == "annex") return std::optional<std::int64_t>(-1);
                return item.value() < 90 ? std::optional(static_cast<std::int64_t>(item.value() / 10)) : std::nullopt;
              },
              msg::Seq(100)};
};

TEST_F(TallyTest, EachGroupHasItsPiecesItsMoneyAndItsOrders) {
  ASSERT_TRUE(tally.add(order(1, {line(1, 2, 500), line(2, 1, 700), line(11, 1, 30)})));
  ASSERT_TRUE(tally.add(order(2, {line(12, 4, 30)})));
  EXPECT_EQ(tally.groups(), (std::map<std::int64_t, Sales>{{0, sales(1, 3, 0, 1700, 0)}, {1, sales(2, 5, 0, 150, 0)}}))
      << "two lines of a group are one order";
  EXPECT_EQ(tally.total(), sales(2, 8, 0, 1850, 0));
}

TEST_F(TallyTest, PiecesThatWereTakenBackCountInTheGroupOfTheirOrder) {
  auto bought = order(1, {line(1, 5, 500), line(11, 1, 30)});
  bought = taken_back(bought, 7, {line(1, 2, 500)});
  bought = taken_back(bought, 8, {line(1, 1, 500), line(11, 1, 30)});
  ASSERT_TRUE(tally.add(bought));
  EXPECT_EQ(tally.groups().at(0), sales(1, 5, 3, 2500, 1500));
  EXPECT_EQ(tally.groups().at(1), sales(1, 1, 1, 30, 30));
  EXPECT_EQ(tally.total().net_pieces(), msg::Quantity(2));
  EXPECT_EQ(tally.total().net(), msg::Cents(1000));
}

TEST_F(TallyTest, PiecesCountAtThePlaceThatTheyCameFrom) {
  auto spread = line(1, 5, 500);
  spread.places = {{"annex", msg::Quantity(2)}};
  auto elsewhere = line(2, 1, 700);
  elsewhere.places = {{"annex", msg::Quantity(1)}};
  auto back = line(1, 2, 500);
  back.places = {{"annex", msg::Quantity(1)}};
  ASSERT_TRUE(tally.add(taken_back(order(1, {spread, elsewhere}), 2, {back})));
  EXPECT_EQ(tally.groups().at(0), sales(1, 3, 1, 1500, 500));
  EXPECT_EQ(tally.groups().at(-1), sales(1, 3, 1, 1700, 500));
  EXPECT_EQ(tally.total(), sales(1, 6, 2, 3200, 1000));
  ASSERT_TRUE(tally.add(order(3, {elsewhere})));
  EXPECT_EQ(tally.groups().at(0).orders, 1U) << "no piece of it came from main";
}

TEST_F(TallyTest, EventsAfterItsSeqAreLeftOut) {
  ASSERT_TRUE(
      tally.add(taken_back(taken_back(order(100, {line(1, 5, 10)}), 100, {line(1, 1, 10)}), 101, {line(1, 2, 10)})));
  ASSERT_TRUE(tally.add(order(101, {line(1, 5, 10)})));
  EXPECT_EQ(tally.total(), sales(1, 5, 1, 50, 10));
}

TEST_F(TallyTest, PiecesThatTheStoreTookInAreNoSale) {
  auto sell = order(1, {line(1, 5, 10)});
  sell.type = msg::OrderType::kSell;
  ASSERT_TRUE(tally.add(sell));
  EXPECT_TRUE(tally.groups().empty());
  EXPECT_EQ(tally.total(), Sales{});
  EXPECT_EQ(tally.sells(), 1U);
}

TEST_F(TallyTest, AnItemWithoutAGroupIsNamed) {
  const auto added = tally.add(order(3, {line(1, 1, 1), line(91, 1, 1)}));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().message, "order 3: the catalogue does not have item 91");
}

TEST_F(TallyTest, NoSumOverflows) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_TRUE(tally.add(order(1, {line(1, 1, kMost)})));
  EXPECT_FALSE(tally.add(order(2, {line(1, 1, 1)})));
  EXPECT_FALSE(tally.add(order(3, {line(1, 2, kMost)}))) << "the price of a line";
  EXPECT_FALSE(tally.add(order(4, {line(1, -1, 0)}))) << "pieces";
  EXPECT_FALSE(tally.add(order(5, {line(1, 0, -1), line(1, 1, -1)}))) << "a price";
  EXPECT_FALSE(tally.add(taken_back(order(6, {}), 7, {line(1, 2, kMost)})));
}

TEST(Day, BeginsAtMidnightOfItsOffset) {
  const auto day = [](std::int64_t time, std::int64_t offset = 0) { return day_text(day_of(time, offset)); };
  EXPECT_EQ(day(kNoon), "2026-11-21");
  EXPECT_EQ(day(kNoon + 12 * kHour - 1), "2026-11-21");
  EXPECT_EQ(day(kNoon + 12 * kHour), "2026-11-22");
  EXPECT_EQ(day(kNoon, 12 * kHour), "2026-11-22");
  EXPECT_EQ(day(kNoon, 12 * kHour - 1), "2026-11-21");
  EXPECT_EQ(day(kNoon, -12 * kHour - 1), "2026-11-20");
  EXPECT_EQ(day(0), "1970-01-01");
  EXPECT_EQ(day(-1), "1969-12-31");
  EXPECT_EQ(day(-kDay), "1969-12-31");
  EXPECT_EQ(day(-kDay - 1), "1969-12-30");
}

TEST(Offset, HasASignHoursAndMinutes) {
  EXPECT_EQ(parse_offset("+00:00").value(), 0);
  EXPECT_EQ(parse_offset("+05:30").value(), 5 * kHour + kHour / 2);
  EXPECT_EQ(parse_offset("-03:00").value(), -3 * kHour);
  EXPECT_EQ(parse_offset("-14:00").value(), -14 * kHour);
  for (const char* text : {"", "+", "05:30", "+5:30", "+0530", "+05:60", "+14:01", "+24:00", "UTC", "Z", "+05:3Z",
                           "+05:30Z", " +05:30", "--5:30"}) {
    EXPECT_FALSE(parse_offset(text)) << text;
  }
}

TEST(PeriodOfAReport, ADateIsItsWholeDay) {
  const auto whole = period_of("", "", 0).value();
  EXPECT_LT(whole.first, 0);
  EXPECT_GT(whole.last, kNoon * 1000);
  const auto day = period_of("2026-11-21", "2026-11-21", 0).value();
  EXPECT_EQ(day.first, kNoon - 12 * kHour);
  EXPECT_EQ(day.last, kNoon + 12 * kHour - 1);
  const auto elsewhere = period_of("2026-11-21", "2026-11-22", 2 * kHour).value();
  EXPECT_EQ(elsewhere.first, kNoon - 14 * kHour);
  EXPECT_EQ(elsewhere.last, kNoon + 34 * kHour - 1);
}

TEST(PeriodOfAReport, ATimeIsInUtcAndIncluded) {
  const auto period = period_of("2026-11-21T12:00:00Z", "2026-11-21 12:00:00.005", 2 * kHour).value();
  EXPECT_EQ(period.first, kNoon);
  EXPECT_EQ(period.last, kNoon + 5);
  EXPECT_TRUE(period_of("2026-11-21T12:00Z", "2026-11-21T12:00Z", 0));
}

TEST(PeriodOfAReport, BoundsThatHoldNothingAreRefused) {
  EXPECT_FALSE(period_of("2026-11-22", "2026-11-21", 0));
  EXPECT_FALSE(period_of("2026-11-31", "", 0));
  EXPECT_FALSE(period_of("", "soon", 0));
}

}  // namespace
}  // namespace tasks
