#include "ledger/holds.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace ledger {
namespace {

using base::Cents;
using base::HoldNo;
using base::ItemId;
using base::Quantity;
using base::Seq;

class HoldsTest : public ::testing::Test {
 protected:
  using Lines = std::vector<msg::HoldLine>;
  static Lines two_of_item_1() { return {{ItemId(1), Quantity(2), Cents(100), Quantity(2)}}; }
  static msg::Event placed(std::uint64_t no, std::int64_t expires, std::int64_t at = 10) {
    return {at, msg::HoldPlaced{"k", 0, HoldNo(no), "ann", two_of_item_1(), expires, {}}};
  }
  static msg::Event extended(std::uint64_t no, std::int64_t expires, std::int64_t was) {
    return {10, msg::HoldExtended{"k", 0, HoldNo(no), "ann", expires, was, {}}};
  }
  static msg::Event ended(std::uint64_t no, std::int64_t at, std::optional<std::string> key = {},
                          Lines lines = two_of_item_1()) {
    return {at, msg::HoldEnded{std::move(key), 0, HoldNo(no), "ann", std::move(lines), {}}};
  }
  static msg::Event confirmed(std::uint64_t no, std::int64_t at, std::int64_t quantity, std::int64_t cents = 100) {
    return {at, msg::HoldConfirmed{"k",
                                   0,
                                   HoldNo(no),
                                   base::OrderNo(1),
                                   "ann",
                                   {{ItemId(1), Quantity(quantity), Cents(cents), Quantity(3)}},
                                   Cents(cents * quantity),
                                   two_of_item_1(),
                                   {}}};
  }

  Holds holds;
};

using HoldsDeath = HoldsTest;

TEST_F(HoldsTest, AnOpenHoldIsThereUntilItEnds) {
  const auto row = holds.evolve(placed(1, 100), Seq(7));
  EXPECT_EQ(*row, *holds.find(HoldNo(1)));
  EXPECT_EQ(row->seq, Seq(7));
  EXPECT_EQ(holds.size_of("ann"), 1U);
  const auto end = holds.evolve(ended(1, 100), Seq(8));
  EXPECT_EQ(end->state, msg::HoldState::kExpired);
  EXPECT_EQ(end->version, Seq(8));
  EXPECT_FALSE(holds.find(HoldNo(1)));
  EXPECT_EQ(holds.size_of("ann"), 0U);
  EXPECT_EQ(holds.last(), HoldNo(1));
}

TEST_F(HoldsTest, TheFirstIsTheOneThatEndsFirst) {
  EXPECT_FALSE(holds.first());
  holds.evolve(placed(1, 300), Seq(1));
  holds.evolve(placed(2, 200), Seq(2));
  EXPECT_EQ(holds.first()->no, HoldNo(2));
  holds.evolve(extended(2, 400, 200), Seq(3));
  EXPECT_EQ(holds.first()->no, HoldNo(1));
}

TEST_F(HoldsTest, AreVisitedByCustomer) {
  for (std::uint64_t no = 1; no <= 4; ++no) holds.evolve(placed(no, 100), Seq(no));
  holds.evolve(ended(3, 20, "r"), Seq(5));
  const auto of = [this](const std::string& customer, HoldNo after) {
    std::vector<HoldNo> numbers;
    holds.each_of(customer, after,
                  [&](const msg::Hold& hold) { return numbers.push_back(hold.no), hold.no.value() < 4; });
    return numbers;
  };
  EXPECT_EQ(of("Ann", HoldNo(1)), (std::vector{HoldNo(2), HoldNo(4)}));
  EXPECT_TRUE(of("bob", HoldNo()).empty());
}

TEST_F(HoldsTest, EventsOfOthersMakeNoRow) {
  EXPECT_FALSE(holds.evolve({5, msg::KeyVoided{"k"}}, Seq(1)));
  EXPECT_FALSE(holds.evolve({5, msg::WriterAppointed{}}, Seq(2)));
  EXPECT_EQ(holds.digest(), 0U);
}

TEST_F(HoldsTest, TheDigestIsThatOfTheRowsInAnyState) {
  std::map<HoldNo, msg::Hold> rows;
  Seq seq;
  for (const auto& event :
       {placed(1, 100), placed(2, 100), placed(3, 500), extended(3, 600, 500), ended(1, 20, "r"), ended(2, 100)}) {
    seq = seq.next();
    const auto row = holds.evolve(event, seq);
    rows[row->no] = *row;
    HoldsTotal total{holds.last()};
    Holds again(holds.total());
    for (const auto& [no, each] : rows) {
      const bool open = each.state == msg::HoldState::kOpen;
      (open ? total.open : total.ended) += row_digest(each);
      if (open) again.put(each);
    }
    EXPECT_EQ(holds.total(), total) << seq.value();
    EXPECT_EQ(again.total(), total) << seq.value();
  }
}

TEST_F(HoldsDeath, ANumberLeavesNoGap) { EXPECT_DEATH(holds.evolve(placed(2, 100), Seq(1)), "hold=2 last=0"); }
TEST_F(HoldsDeath, AHoldIsOpenForSomeTime) { EXPECT_DEATH(holds.evolve(placed(1, 10), Seq(1)), "expires=10"); }

TEST_F(HoldsDeath, EndsOnce) {
  holds.evolve(placed(1, 100), Seq(1));
  holds.evolve(ended(1, 20, "r"), Seq(2));
  EXPECT_DEATH(holds.evolve(ended(1, 100), Seq(3)), "hold=1, which is not open");
  EXPECT_DEATH(holds.evolve(confirmed(1, 20, 1), Seq(3)), "hold=1, which is not open");
  EXPECT_DEATH(holds.evolve(extended(1, 200, 100), Seq(3)), "hold=1, which is not open");
}

TEST_F(HoldsDeath, DoesNotExpireEarly) {
  holds.evolve(placed(1, 100), Seq(1));
  EXPECT_DEATH(holds.evolve(ended(1, 99), Seq(2)), "expires=100");
}

TEST_F(HoldsDeath, NothingIsDecidedAfterAnEndThatIsNotInTheStream) {
  holds.evolve(placed(1, 100), Seq(1));
  holds.evolve({99, msg::KeyVoided{"v"}}, Seq(2));
  EXPECT_DEATH(holds.evolve({100, msg::KeyVoided{"w"}}, Seq(3)), "before the end of hold=1");
  EXPECT_DEATH(holds.evolve(confirmed(1, 100, 2), Seq(3)), "before the end of hold=1");
  EXPECT_DEATH(holds.evolve(ended(1, 100, "r"), Seq(3)), "before the end of hold=1");
  holds.evolve({150, msg::WriterAppointed{}}, Seq(3));  // the broker decides nothing of the shop
  holds.evolve(ended(1, 150), Seq(4));
}

TEST_F(HoldsDeath, TheOneThatIsOverFirstEndsFirst) {
  holds.evolve(placed(1, 100), Seq(1));
  holds.evolve(placed(2, 90), Seq(2));
  EXPECT_DEATH(holds.evolve(ended(1, 100), Seq(3)), "before the end of hold=2");
}

TEST_F(HoldsDeath, IsConfirmedForWhatItHas) {
  holds.evolve(placed(1, 100), Seq(1));
  EXPECT_DEATH(holds.evolve(confirmed(1, 20, 3), Seq(2)), "does not have 3 of item=1");
  EXPECT_DEATH(holds.evolve(confirmed(1, 20, 1, 99), Seq(2)), "does not have 1 of item=1 at 99");
  auto twice = confirmed(1, 20, 2);
  auto& lines = std::get<msg::HoldConfirmed>(twice.what).lines;
  lines.push_back(lines.front());
  EXPECT_DEATH(holds.evolve(twice, Seq(2)), "does not have 2 of item=1");
}

TEST_F(HoldsDeath, EndsWithItsLines) {
  holds.evolve(placed(1, 100), Seq(1));
  auto lines = two_of_item_1();
  lines[0].quantity = Quantity(1);
  EXPECT_DEATH(holds.evolve(ended(1, 20, "r", lines), Seq(2)), "ends with other lines");
  EXPECT_DEATH(holds.evolve(ended(1, 20, "r", {}), Seq(2)), "ends with other lines");
}

TEST_F(HoldsDeath, IsExtendedFromItsEnd) {
  holds.evolve(placed(1, 100), Seq(1));
  EXPECT_DEATH(holds.evolve(extended(1, 200, 99), Seq(2)), "told=99");
  EXPECT_DEATH(holds.evolve(extended(1, 99, 100), Seq(2)), "expires=99");
}

msg::Hold a_hold() {
  msg::Hold hold;
  hold.no = HoldNo(4);
  hold.seq = Seq(42);
  hold.version = Seq(43);
  hold.at = 1'700'000'000'000;
  hold.expires = 1'700'000'600'000;
  hold.state = msg::HoldState::kConfirmed;
  hold.key = "key-9";
  hold.customer = "ann";
  hold.lines = {{ItemId(2), Quantity(3), Cents(4995), Quantity(3)}};
  hold.order = base::OrderNo(17);
  hold.by = Seq(41);
  return hold;
}

// Views store sums of these values, so every release must compute the same ones. They were computed independently, in
// Python.
TEST(HoldRow, DigestsAreAStoredFormat) {
  EXPECT_EQ(row_digest(a_hold()), 12382989419849397497U);
  EXPECT_EQ(row_digest(msg::Hold{}), 14510729285971132382U);
}

TEST(HoldRow, TheDigestDependsOnEveryField) {
  std::set<std::uint64_t> digests{row_digest(a_hold())};
  const std::vector<std::function<void(msg::Hold&)>> changes{[](auto& hold) { hold.no = HoldNo(5); },
                                                             [](auto& hold) { hold.seq = Seq(40); },
                                                             [](auto& hold) { hold.version = Seq(44); },
                                                             [](auto& hold) { ++hold.at; },
                                                             [](auto& hold) { ++hold.expires; },
                                                             [](auto& hold) { hold.state = msg::HoldState::kExpired; },
                                                             [](auto& hold) { hold.key = "key-8"; },
                                                             [](auto& hold) { hold.customer = "bob"; },
                                                             [](auto& hold) { hold.lines[0].item = ItemId(3); },
                                                             [](auto& hold) { hold.lines[0].quantity = Quantity(4); },
                                                             [](auto& hold) { hold.lines[0].price = Cents(4994); },
                                                             [](auto& hold) { hold.lines[0].held = Quantity(4); },
                                                             [](auto& hold) { hold.lines.push_back(hold.lines[0]); },
                                                             [](auto& hold) { hold.order.reset(); },
                                                             [](auto& hold) { hold.by.reset(); }};
  for (const auto& change : changes) {
    auto hold = a_hold();
    change(hold);
    EXPECT_TRUE(digests.insert(row_digest(hold)).second);
  }
}

}  // namespace
}  // namespace ledger
