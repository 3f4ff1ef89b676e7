// Decisions about orders and prices, about versions and about keys.
#include "ledger/decide.h"

#include "tests/ledger/decide_fixture.h"

namespace ledger {
namespace {

using msg::Code;

TEST_F(Decide, BuyTakesStockAtThePriceOfNow) {
  given(1, 5, 250);
  const auto decision = when(buy("k", {line(1, 2)}));
  const auto& placed = happened<msg::OrderPlaced>(decision);
  EXPECT_EQ(placed.no, base::OrderNo(1));
  EXPECT_EQ(placed.customer, "ann");
  EXPECT_EQ(placed.total, base::Cents(500));
  ASSERT_EQ(placed.lines.size(), 1U);
  EXPECT_EQ(placed.lines[0].price, base::Cents(250));
  EXPECT_EQ(placed.lines[0].stock, base::Quantity(3));
  EXPECT_EQ(stock(1), 3);
}

TEST_F(Decide, SellPutsStockIn) {
  given(1, 5);
  when(sell("k", {line(1, 2)}));
  EXPECT_EQ(stock(1), 7);
}

TEST_F(Decide, LastPieceCanBeBoughtAndNoMore) {
  given(1, 5);
  happened<msg::OrderPlaced>(when(buy("k1", {line(1, 5)})));
  const auto refusal = refused(when(buy("k2", {line(1, 1)})), Code::kOutOfStock);
  EXPECT_EQ(refusal.item, base::ItemId(1));
  EXPECT_EQ(refusal.stock, base::Quantity(0));
}

// TRAPS 19
TEST_F(Decide, TwoLinesOfOneItemAreSummedBeforeStockIsChecked) {
  given(1, 5);
  const auto refusal = refused(when(buy("k1", {line(1, 3), line(1, 3)})), Code::kOutOfStock);
  EXPECT_EQ(refusal.stock, base::Quantity(5));
  const auto decision = when(buy("k2", {line(1, 3), line(1, 2)}));
  const auto& placed = happened<msg::OrderPlaced>(decision);
  ASSERT_EQ(placed.lines.size(), 2U);
  EXPECT_EQ(placed.lines[0].stock, base::Quantity(2));
  EXPECT_EQ(placed.lines[1].stock, base::Quantity(0));
}

TEST_F(Decide, AnOrderIsAllOrNothing) {
  given(1, 5);
  given(2, 1);
  refused(when(buy("k", {line(1, 2), line(2, 2)})), Code::kOutOfStock);
  EXPECT_EQ(stock(1), 5);
}

TEST_F(Decide, DecidesAgainstWhatIsAheadWithoutWaiting) {
  given(1, 2);
  for (int i = 0; i < 2; ++i) happened<msg::OrderPlaced>(when(buy("k" + std::to_string(i), {line(1, 1)})));
  refused(when(buy("k2", {line(1, 1)})), Code::kOutOfStock);
  commit();
  EXPECT_EQ(items().find(base::ItemId(1))->stock, base::Quantity(0));
}

TEST_F(Decide, PendingEventsAreForgottenWithTheEpoch) {
  given(1, 5);
  when(buy("k", {line(1, 5)}));
  when(add("k2", {new_item(2)}));
  lose_epoch();
  EXPECT_EQ(stock(1), 5);
  const auto decision = when(buy("k", {line(1, 1)}));
  EXPECT_EQ(happened<msg::OrderPlaced>(decision).no, base::OrderNo(1));
  refused(when(buy("k3", {line(2, 1)})), Code::kUnknownItem);
}

TEST_F(Decide, AnotherPriceThanTheExpectedOneRefuses) {
  given(1, 5, 250);
  const auto refusal = refused(when(buy("k1", {line(1, 1, 249)})), Code::kPriceChanged);
  EXPECT_EQ(refusal.price, base::Cents(250));
  EXPECT_EQ(refusal.item, base::ItemId(1));
  refused(when(buy("k1", {line(1, 1, 251)})), Code::kPriceChanged);
  happened<msg::OrderPlaced>(when(buy("k2", {line(1, 1, 250)})));
}

// The version is that of the last change that is decided, whether it is committed or not.
TEST_F(Decide, AChangeOfAnotherVersionThanTheExpectedOneIsRefused) {
  given(1, 5, 250);
  const auto seen = items().find(base::ItemId(1))->version;
  happened<msg::PriceChanged>(when(price("k1", 1, 300, seen)));
  const auto refusal = refused(when(price("k2", 1, 310, seen)), Code::kVersionChanged);
  EXPECT_EQ(refusal.item, base::ItemId(1));
  EXPECT_EQ(refusal.version, std::nullopt) << "it is not committed";
  commit();
  const auto now = items().find(base::ItemId(1))->version;
  EXPECT_EQ(refused(when(restock("k3", 1, 1, seen)), Code::kVersionChanged).version, now);
  refused(when(restock("k3", 1, 1, now.next())), Code::kVersionChanged);
  happened<msg::StockMoved>(when(restock("k3", 1, 1, now)));
  EXPECT_EQ(stock(1), 6);
}

// The outlook has no version for an item with a pending change, and no request may name that.
TEST_F(Decide, AnExpectedVersionIsNotZero) {
  given(1, 5, 250);
  happened<msg::PriceChanged>(when(price("k1", 1, 300)));
  refused(when(price("k2", 1, 310, base::Seq())), Code::kInvalid);
  refused(when(restock("k3", 1, 1, base::Seq())), Code::kInvalid);
}

TEST_F(Decide, ARepeatedChangeIsAnsweredAlthoughItsVersionIsOver) {
  given(1, 5, 250);
  const auto seen = items().find(base::ItemId(1))->version;
  const auto first = price("k1", 1, 300, seen);
  happened<msg::PriceChanged>(when(first));
  EXPECT_TRUE(std::holds_alternative<KeyRecord>(when(first)));
  refused(when(price("k1", 1, 300)), Code::kKeyReused);
}

TEST_F(Decide, UnknownItemsAreNamed) {
  EXPECT_EQ(refused(when(buy("k", {line(7, 1)})), Code::kUnknownItem).item, base::ItemId(7));
  EXPECT_EQ(refused(when(price("k", 7, 1)), Code::kUnknownItem).item, base::ItemId(7));
  EXPECT_EQ(refused(when(restock("k", 7, 1)), Code::kUnknownItem).item, base::ItemId(7));
  EXPECT_EQ(refused(when(retire("k", 7)), Code::kUnknownItem).item, base::ItemId(7));
}

TEST_F(Decide, StockStaysWithinItsLimit) {
  given(1, msg::kStockMax - 1);
  happened<msg::OrderPlaced>(when(sell("k1", {line(1, 1)})));
  refused(when(sell("k2", {line(1, 1)})), Code::kLimit);
  refused(when(restock("k3", 1, 1)), Code::kLimit);
}

// A greater total is another number in a browser.
TEST_F(Decide, ATotalStaysWithinWhatEveryJsonHolds) {
  given(1, msg::kStockMax, msg::kPriceMaxCents);
  given(2, 5, 254'740'991);
  given(3, 5, 1);
  std::vector<msg::DemandLine> lines(9, line(1, msg::kLineQuantityMax));
  lines.push_back(line(1, 7'199));
  lines.push_back(line(2, 1));
  EXPECT_EQ(happened<msg::OrderPlaced>(when(buy("k1", lines))).total.value(), 9'007'199'254'740'991);
  lines.push_back(line(3, 1));
  EXPECT_FALSE(refused(when(buy("k2", lines)), Code::kLimit).item);
  EXPECT_FALSE(refused(when(sell("k3", lines)), Code::kLimit).item);
  EXPECT_EQ(stock(3), 5);
}

TEST_F(Decide, PriceChangeTellsWhatItWas) {
  given(1, 5, 100);
  const auto decision = when(price("k", 1, 0));
  EXPECT_EQ(happened<msg::PriceChanged>(decision).was, base::Cents(100));
  EXPECT_EQ(outlook().item(base::ItemId(1))->price, base::Cents(0));
}

TEST_F(Decide, AUsedKeyAnswersWithItsRecord) {
  given(1, 5);
  when(buy("k", {line(1, 1)}));
  const auto ahead = when(buy("k", {line(1, 1)}));
  ASSERT_TRUE(std::holds_alternative<KeyRecord>(ahead));
  EXPECT_EQ(std::get<KeyRecord>(ahead).seq, base::Seq(0)) << "it is not committed";
  commit();
  const auto record = std::get<KeyRecord>(when(buy("k", {line(1, 1)})));
  EXPECT_EQ(record.kind, msg::OutcomeKind::kOrder);
  EXPECT_EQ(record.seq, base::Seq(2));
  EXPECT_EQ(record.no, base::OrderNo(1));
  EXPECT_EQ(stock(1), 4);
}

TEST_F(Decide, AKeyWithAnotherBodyIsRefused) {
  given(1, 5);
  when(buy("k", {line(1, 1)}));
  refused(when(buy("k", {line(1, 2)})), Code::kKeyReused);
  refused(when(restock("k", 1, 1)), Code::kKeyReused);
  commit();
  refused(when(buy("k", {line(1, 2)})), Code::kKeyReused);
}

TEST_F(Decide, AKeyIsRefusedBeforeTheShopIsLookedAt) {
  given(1, 1);
  when(buy("k", {line(1, 1)}));
  ASSERT_TRUE(std::holds_alternative<KeyRecord>(when(buy("k", {line(1, 1)})))) << "sold out by this very key";
}

TEST_F(Decide, AskingForTheOutcomeVoidsAnUnknownKey) {
  given(1, 5);
  EXPECT_EQ(happened<msg::KeyVoided>(when(outcome("k"))).key, "k");
  refused(when(buy("k", {line(1, 1)})), Code::kKeyVoided);
  commit();
  refused(when(buy("k", {line(1, 1)})), Code::kKeyVoided);
  EXPECT_EQ(std::get<KeyRecord>(when(outcome("k"))).kind, msg::OutcomeKind::kVoid);
}

TEST_F(Decide, TheOutcomeOfAUsedKeyIsItsRecord) {
  given(1, 5);
  when(restock("k", 1, 1));
  commit();
  const auto record = std::get<KeyRecord>(when(outcome("k")));
  EXPECT_EQ(record.kind, msg::OutcomeKind::kChange);
  EXPECT_EQ(record.item, base::ItemId(1));
}

TEST_F(Decide, TimeIsStampedIntoTheEvent) {
  EXPECT_EQ(std::get<msg::Event>(decide(outlook(), outcome("k"), 4711)).at, 4711);
}

TEST_F(Decide, TheGreatestOrderDoesNotOverflow) {
  given(1, msg::kStockMax, msg::kPriceMaxCents);
  given(2, msg::kStockMax, 90'071'992);
  const auto greatest = [](std::uint64_t item) {
    return std::vector(msg::kOrderLinesMax, line(item, msg::kLineQuantityMax));
  };
  refused(when(buy("k1", greatest(1))), Code::kLimit);
  EXPECT_EQ(happened<msg::OrderPlaced>(when(buy("k2", greatest(2)))).total, base::Cents(9'007'199'200'000'000));
}

}  // namespace
}  // namespace ledger
