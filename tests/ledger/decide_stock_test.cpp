// Decisions about stock that is moved or counted.
#include "ledger/decide.h"

#include "tests/ledger/decide_fixture.h"

namespace ledger {
namespace {

using msg::Code;

TEST_F(Decide, ARefusedRestockTellsWhatIsInStockAndHeld) {
  given(1, 5);
  EXPECT_EQ(refused(when(restock("k1", 1, -6)), Code::kOutOfStock).message,
            "item 1: 6 cannot be taken out of stock, 5 are there");
  when(msg::PlaceHold{"h", {}, {{base::ItemId(1), base::Quantity(2), {}}}, 1000});
  const auto refusal = refused(when(restock("k2", 1, -4)), Code::kOutOfStock);
  EXPECT_EQ(refusal.message, "item 1: 4 cannot be taken out of stock, 5 are there, and holds keep 2 of them");
  EXPECT_EQ(refusal.stock, base::Quantity(3));
}

TEST_F(Decide, ACountSetsTheStockAndTellsTheDifference) {
  given(1, 5);
  const auto less = happened<msg::StockMoved>(when(count("k1", 1, 3)));
  EXPECT_EQ(less.delta, base::Quantity(-2));
  EXPECT_EQ(less.stock, base::Quantity(3));
  EXPECT_EQ(less.counted, true);
  const auto same = happened<msg::StockMoved>(when(count("k2", 1, 3)));
  EXPECT_EQ(same.delta, base::Quantity(0)) << "the count is told, although it found what the books say";
  EXPECT_EQ(happened<msg::StockMoved>(when(count("k3", 1, msg::kStockMax))).stock.value(), msg::kStockMax);
  EXPECT_EQ(happened<msg::StockMoved>(when(restock("k4", 1, -1))).counted, std::nullopt);
}

// The books of the count are those after all that is decided.
TEST_F(Decide, ACountSeesPendingOrders) {
  given(1, 5);
  when(buy("b", {line(1, 2)}));
  EXPECT_EQ(happened<msg::StockMoved>(when(count("k", 1, 4))).delta, base::Quantity(1));
  commit();
  EXPECT_EQ(stock(1), 4);
}

TEST_F(Decide, ACountFindsAtLeastWhatIsHeld) {
  given(1, 5);
  when(hold("h", {line(1, 3)}));
  EXPECT_EQ(refused(when(count("k1", 1, 2)), Code::kOutOfStock).stock, base::Quantity(2));
  happened<msg::StockMoved>(when(count("k2", 1, 3)));
  EXPECT_EQ(available(1), 0);
}

TEST_F(Decide, ACountOfAnotherVersionIsRefused) {
  given(1, 5);
  const auto seen = items().find(base::ItemId(1))->version;
  refused(when(count("k1", 1, 4, seen.next())), Code::kVersionChanged);
  refused(when(count("k2", 2, 4)), Code::kUnknownItem);
  refused(when(count("k3", 1, -1)), Code::kInvalid);
  refused(when(count("k4", 1, msg::kStockMax + 1)), Code::kInvalid);
  happened<msg::StockMoved>(when(count("k5", 1, 4, seen)));
  refused(when(count("k6", 1, 3, seen)), Code::kVersionChanged);
}

TEST_F(Decide, RestockGoesDownToZeroOnly) {
  given(1, 5);
  const auto decision = when(restock("k1", 1, -5));
  EXPECT_EQ(happened<msg::StockMoved>(decision).stock, base::Quantity(0));
  const auto refusal = refused(when(restock("k2", 1, -1)), Code::kOutOfStock);
  EXPECT_EQ(refusal.stock, base::Quantity(0));
}

TEST_F(Decide, TheGreatestMovementsFit) {
  given(1, 0);
  EXPECT_EQ(happened<msg::StockMoved>(when(restock("k1", 1, msg::kStockMax))).stock, base::Quantity(msg::kStockMax));
  EXPECT_EQ(happened<msg::StockMoved>(when(restock("k2", 1, -msg::kStockMax))).stock, base::Quantity(0));
}

}  // namespace
}  // namespace ledger
