// Holds: what they take out of availability, their ends at the millisecond, and what they become.
#include <gmock/gmock.h>

#include "base/random.h"
#include "base/time_text.h"
#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using msg::Code;
using msg::HoldState;

class HoldTest : public ::testing::Test, protected Shop {
 protected:
  HoldTest() {
    given(1, 5, 100);
    given(2, 3, 50);
  }
};

TEST_F(HoldTest, KeepsPiecesThatNobodyElseCanBuyOrHold) {
  const auto placed = happened<msg::HoldPlaced>(when(hold("h", {line(1, 3), line(2, 3)}, 500)));
  EXPECT_EQ(placed.hold, base::HoldNo(1));
  EXPECT_EQ(placed.expires, at() + 500);
  EXPECT_EQ(placed.lines[0], (msg::HoldLine{base::ItemId(1), base::Quantity(3), base::Cents(100), base::Quantity(3)}));
  EXPECT_EQ(stock(1), 5);
  EXPECT_EQ(held(1), 3);
  EXPECT_EQ(available(1), 2);
  EXPECT_EQ(refused(when(buy("b1", {line(1, 3)})), Code::kOutOfStock).stock, base::Quantity(2));
  EXPECT_EQ(refused(when(hold("h2", {line(1, 3)})), Code::kOutOfStock).stock, base::Quantity(2));
  EXPECT_EQ(refused(when(hold("h3", {line(1, 1), line(2, 1)})), Code::kOutOfStock).item, base::ItemId(2))
      << "all lines or none";
  happened<msg::OrderPlaced>(when(buy("b2", {line(1, 2)})));
  EXPECT_EQ(stock(1), 3);
  EXPECT_EQ(available(1), 0);
}

TEST_F(HoldTest, ARestockDoesNotTakeWhatIsHeld) {
  when(hold("h", {line(1, 3)}));
  EXPECT_EQ(refused(when(restock("r1", 1, -3)), Code::kOutOfStock).stock, base::Quantity(2));
  happened<msg::StockMoved>(when(restock("r2", 1, -2)));
  EXPECT_EQ(available(1), 0);
}

TEST_F(HoldTest, IsAvailableAgainAtItsEndAndNotBefore) {
  when(hold("h", {line(1, 5)}, 500));
  const auto expires = at() + 500;
  wait(expires - at() - 2);
  refused(when(buy("b1", {line(1, 1)})), Code::kOutOfStock);
  EXPECT_EQ(at(), expires - 1);
  happened<msg::OrderPlaced>(when(buy("b2", {line(1, 5)})));
  EXPECT_EQ(at(), expires);
  commit();
  EXPECT_EQ(hold_row(1).state, HoldState::kExpired);
  EXPECT_EQ(stock(1), 0);
}

TEST_F(HoldTest, IsConfirmedInItsLastMillisecond) {
  when(hold("h", {line(1, 5)}, 500));
  wait(500 - 2);
  happened<msg::HoldConfirmed>(when(confirm("c", 1)));
  EXPECT_EQ(stock(1), 0);
  EXPECT_EQ(held(1), 0);
}

TEST_F(HoldTest, IsRefusedAtItsEnd) {
  for (const std::int64_t late : {0, 1}) {
    const auto key = std::to_string(late);
    const auto no = outlook().holds().last().next().value();
    when(hold("h" + key, {line(1, 5)}, 500));
    wait(500 - 1 + late);
    refused(when(confirm("c" + key, no)), Code::kHoldOver);
    refused(when(extend("e" + key, no)), Code::kHoldOver);
    refused(when(release("r" + key, no)), Code::kHoldOver);
    EXPECT_EQ(available(1), 5);
  }
}

TEST_F(HoldTest, ARefusalTellsHowItEnded) {
  const auto why = [&](std::uint64_t no) { return refused(when(release("again", no)), Code::kHoldOver).message; };
  when(hold("h1", {line(1, 1)}));
  when(hold("h2", {line(1, 1)}));
  when(hold("h3", {line(1, 1)}, 500));
  const auto expired = "hold 3 expired at " + base::instant_text(at() + 500);
  commit();
  when(buy("b", {line(2, 1)}));
  when(confirm("c", 1));
  when(release("r", 2));
  wait(500);
  for (const bool committed : {false, true}) {
    if (committed) commit();
    EXPECT_EQ(why(1), "hold 1 was confirmed: it became order 2");
    EXPECT_EQ(why(2), "hold 2 was released");
    EXPECT_EQ(why(3), expired);
  }
}

TEST_F(HoldTest, AnEndThatWasLostWithTheEpochIsNotTold) {
  when(hold("h", {line(1, 1)}, 500));
  commit();
  when(release("r", 1));
  lose_epoch();
  wait(500);
  EXPECT_EQ(refused(when(release("r2", 1)), Code::kHoldOver).message.find("hold 1 expired at "), 0U);
}

TEST_F(HoldTest, BecomesAnOrderAtItsPrices) {
  when(hold("h", {line(1, 3), line(2, 2)}));
  when(price("p", 1, 999));
  const auto confirmed = happened<msg::HoldConfirmed>(when(confirm("c", 1)));
  EXPECT_EQ(confirmed.no, base::OrderNo(1));
  EXPECT_EQ(confirmed.customer, "ann");
  EXPECT_EQ(confirmed.total, base::Cents(3 * 100 + 2 * 50));
  commit();
  EXPECT_EQ(hold_row(1).state, HoldState::kConfirmed);
  EXPECT_EQ(hold_row(1).order, base::OrderNo(1));
  EXPECT_EQ(order(base::OrderNo(1))->lines[0].price, base::Cents(100));
  EXPECT_EQ(stock(1), 2);
  EXPECT_EQ(stock(2), 1);
  EXPECT_EQ(held(1) + held(2), 0);
}

TEST_F(HoldTest, OfWhichAPartIsConfirmedGivesTheRestBack) {
  when(hold("h", {line(1, 3), line(2, 2)}));
  happened<msg::HoldConfirmed>(when(confirm("c", 1, Pieces{{1, 2}})));
  commit();
  EXPECT_EQ(stock(1), 3);
  EXPECT_EQ(available(1), 3);
  EXPECT_EQ(available(2), 3);
  refused(when(confirm("c2", 1)), Code::kHoldOver);
}

TEST_F(HoldTest, IsNotConfirmedForMoreThanItHas) {
  when(hold("h", {line(1, 3)}));
  EXPECT_EQ(refused(when(confirm("c", 1, Pieces{{1, 4}})), Code::kMoreThanRemains).item, base::ItemId(1));
  EXPECT_EQ(refused(when(confirm("c2", 1, Pieces{{2, 1}})), Code::kMoreThanRemains).item, base::ItemId(2));
  EXPECT_EQ(held(1), 3);
}

TEST_F(HoldTest, IsReleasedOnce) {
  when(hold("h", {line(1, 3)}));
  const auto ended = happened<msg::HoldEnded>(when(release("r", 1)));
  EXPECT_EQ(ended.key, "r");
  EXPECT_EQ(available(1), 5);
  refused(when(release("r2", 1)), Code::kHoldOver);
  commit();
  EXPECT_EQ(hold_row(1).state, HoldState::kReleased);
}

TEST_F(HoldTest, IsExtendedAndNeverShortened) {
  when(hold("h", {line(1, 3)}, 500));
  const auto first = at() + 500;
  EXPECT_EQ(happened<msg::HoldExtended>(when(extend("e1", 1, 100))).expires, first);
  const auto extended = happened<msg::HoldExtended>(when(extend("e2", 1, 900)));
  EXPECT_EQ(extended.was, first);
  EXPECT_EQ(extended.expires, at() + 900);
  wait(900 - 2);
  refused(when(buy("b", {line(1, 3)})), Code::kOutOfStock);
  happened<msg::OrderPlaced>(when(buy("b2", {line(1, 3)})));
}

TEST_F(HoldTest, IsOpenForADayAtMost) {
  refused(when(hold("h0", {line(1, 1)}, 0)), Code::kInvalid);
  refused(when(hold("h1", {line(1, 1)}, static_cast<std::uint32_t>(msg::kHoldMsMax) + 1)), Code::kInvalid);
  when(hold("h2", {line(1, 1)}, static_cast<std::uint32_t>(msg::kHoldMsMax)));
  const auto placed = at();
  EXPECT_EQ(refused(when(extend("e", 1, static_cast<std::uint32_t>(msg::kHoldMsMax))), Code::kLimit).message,
            "hold 1 is open for 1d at most, until " + base::instant_text(placed + msg::kHoldMsMax) +
                ": the longest ttl is 1438m now");
  refused(when(extend("e1", 1, static_cast<std::uint32_t>(msg::kHoldMsMax) - 1)), Code::kLimit);
  happened<msg::HoldExtended>(when(extend("e2", 1, static_cast<std::uint32_t>(msg::kHoldMsMax) - 3)));
}

TEST_F(HoldTest, ACustomerHasALimitAndAStoreToo) {
  given(3, 1'000'000);
  for (std::size_t i = 0; i < msg::kHoldsOfCustomerMax; ++i) {
    happened<msg::HoldPlaced>(when(hold("a" + std::to_string(i), {line(3, 1)}, 1'000'000)));
  }
  refused(when(hold("one more", {line(3, 1)})), Code::kLimit);
  auto of_nobody = hold("n", {line(3, 1)}, 1'000'000);
  of_nobody.customer.reset();
  for (auto open = msg::kHoldsOfCustomerMax; open < msg::kHoldsMax; ++open) {
    of_nobody.key = "n" + std::to_string(open);
    happened<msg::HoldPlaced>(when(of_nobody));
  }
  of_nobody.key = "n";
  refused(when(of_nobody), Code::kLimit);
  when(release("r", 1));
  happened<msg::HoldPlaced>(when(of_nobody));
}

TEST_F(HoldTest, NamesEachItemOnceAndHoldsThatExist) {
  refused(when(hold("h", {line(1, 1), line(1, 1)})), Code::kInvalid);
  refused(when(hold("h", {})), Code::kInvalid);
  refused(when(hold("h", {line(9, 1)})), Code::kUnknownItem);
  refused(when(hold("h", {line(1, 1, 99)})), Code::kPriceChanged);
  refused(when(confirm("c", 1)), Code::kUnknownHold);
  refused(when(extend("e", 1)), Code::kUnknownHold);
  refused(when(release("r", 1)), Code::kUnknownHold);
  refused(when(release("r", 0)), Code::kInvalid);
}

TEST_F(HoldTest, EachKeyTakesEffectOnce) {
  const auto placing = hold("h", {line(1, 2)});
  when(placing);
  commit();
  EXPECT_EQ(std::get<KeyRecord>(when(placing)).hold, base::HoldNo(1));
  refused(when(hold("h", {line(1, 1)})), Code::kKeyReused);
  refused(when(buy("h", {line(1, 2)})), Code::kKeyReused);
  when(extend("e", 1));
  when(confirm("c", 1));
  commit();
  EXPECT_EQ(std::get<KeyRecord>(when(extend("e", 1))).hold, base::HoldNo(1));
  const auto record = std::get<KeyRecord>(when(confirm("c", 1)));
  EXPECT_EQ(record.kind, msg::OutcomeKind::kOrder);
  EXPECT_EQ(record.no, base::OrderNo(1));
  refused(when(confirm("c", 1, Pieces{{1, 1}})), Code::kKeyReused);
  refused(when(release("e", 1)), Code::kKeyReused);
  EXPECT_EQ(std::get<KeyRecord>(when(outcome("h"))).kind, msg::OutcomeKind::kChange);
}

TEST_F(HoldTest, AConfirmedOrderIsCancelledAsAnyOther) {
  when(hold("h", {line(1, 3)}));
  when(confirm("c", 1));
  EXPECT_TRUE(outlook().must_wait(cancel("x", 1)));
  commit();
  happened<msg::OrderCancelled>(when(cancel("x", 1)));
  EXPECT_EQ(available(1), 5);
}

TEST_F(HoldTest, AHoldThatIsUnderWayIsWaitedFor) {
  when(hold("h", {line(1, 3)}));
  EXPECT_TRUE(outlook().must_wait(confirm("c", 1)));
  EXPECT_FALSE(outlook().must_wait(confirm("c", 2)));
  commit();
  EXPECT_FALSE(outlook().must_wait(confirm("c", 1)));
}

TEST_F(HoldTest, PendingHoldsAreGoneWithTheEpoch) {
  when(hold("h", {line(1, 3)}, 50));
  commit();
  when(release("r", 1));
  when(hold("h2", {line(1, 5)}, 50));
  lose_epoch();
  EXPECT_EQ(held(1), 3);
  EXPECT_EQ(outlook().holds().last(), base::HoldNo(1));
  wait(100);
  refused(when(confirm("c", 1)), Code::kHoldOver);
  commit();
  EXPECT_EQ(hold_row(1).state, HoldState::kExpired);
}

TEST_F(HoldTest, SeveralThatAreOverEndInTheOrderOfTheirEnds) {
  when(hold("h1", {line(1, 1)}, 300));
  when(hold("h2", {line(1, 1)}, 100));
  when(hold("h3", {line(1, 1)}, 200));
  wait(1000);
  happened<msg::OrderPlaced>(when(buy("b", {line(1, 5)})));
  commit();
  for (const std::uint64_t no : {1U, 2U, 3U}) EXPECT_EQ(hold_row(no).state, HoldState::kExpired);
  EXPECT_LT(hold_row(2).version, hold_row(3).version);
  EXPECT_LT(hold_row(3).version, hold_row(1).version);
}

// On hand is what was brought and not bought; held is what the open holds have, and never more than is on hand.
TEST_F(HoldTest, PiecesAreConservedUnderAnyRequests) {
  base::Random random(4711);
  std::map<std::uint64_t, std::int64_t> bought;
  for (int i = 0; i < 3000; ++i) {
    const auto key = "k" + std::to_string(i);
    const auto item = 1 + random.below(2);
    const auto some_hold = 1 + random.below(outlook().holds().last().value() + 1);
    const auto quantity = static_cast<std::int64_t>(1 + random.below(3));
    Command command = hold(key, {line(item, quantity)}, static_cast<std::uint32_t>(1 + random.below(40)));
    if (const auto kind = random.below(10); kind < 2)
      command = buy(key, {line(item, quantity)});
    else if (kind < 4)
      command = confirm(key, some_hold, Pieces{{item, quantity}});
    else if (kind < 5)
      command = confirm(key, some_hold);
    else if (kind < 6)
      command = extend(key, some_hold, static_cast<std::uint32_t>(1 + random.below(40)));
    else if (kind < 7)
      command = release(key, some_hold);
    else if (kind < 8)
      command = restock(key, item, random.below(4) == 0 ? -2 : 3);
    if (random.below(4) == 0) wait(static_cast<std::int64_t>(random.below(30)));
    if (outlook().must_wait(command)) commit();
    const auto decision = when(command);
    const auto* event = std::get_if<msg::Event>(&decision);
    if (event) {
      if (const auto* moved = std::get_if<msg::StockMoved>(&event->what)) bought[item] -= moved->delta.value();
      const auto count = [&](const std::vector<msg::OrderLine>& lines) {
        for (const auto& each : lines) bought[each.item.value()] += each.quantity.value();
      };
      if (const auto* placed = std::get_if<msg::OrderPlaced>(&event->what)) count(placed->lines);
      if (const auto* confirmed = std::get_if<msg::HoldConfirmed>(&event->what)) count(confirmed->lines);
    }
    std::map<std::uint64_t, std::int64_t> held_by_holds;
    outlook().holds().each_after({}, [&](const msg::Hold& open) {
      EXPECT_GT(open.expires, at());
      for (const auto& each : open.lines) held_by_holds[each.item.value()] += each.quantity.value();
      return true;
    });
    for (const std::uint64_t id : {1U, 2U}) {
      ASSERT_EQ(stock(id), (id == 1 ? 5 : 3) - bought[id]) << key;
      ASSERT_EQ(held(id), held_by_holds[id]) << key;
      ASSERT_GE(available(id), 0) << key;
    }
    if (random.below(5) == 0) commit();
  }
  EXPECT_GT(outlook().holds().last().value(), 50U);
  EXPECT_GT(outlook().next_order().value(), 50U);
}

}  // namespace
}  // namespace ledger
