// Cancellations and returns: what is taken back of an order goes back into the stock, once, and never more than was
// bought.
#include <algorithm>

#include "base/random.h"
#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using base::OrderNo;
using base::Quantity;
using msg::CancelKind;
using msg::Code;
using msg::OrderState;

class Cancelling : public ::testing::Test, public Shop {
 protected:
  Cancelling() {
    given(1, 5, 100);
    given(2, 7, 30);
    when(buy("k1", {line(1, 2), line(2, 3), line(1, 1)}));
    commit();
  }
  Decision now(const Command& command) {
    auto decision = when(command);
    commit();
    return decision;
  }
  OrderState state() const { return order(OrderNo(1))->state.value_or(OrderState::kPlaced); }
};

TEST_F(Cancelling, ABuyThatIsCancelledLeavesTheStockAsItWas) {
  const auto decision = now(cancel("c", 1));
  const auto& cancelled = happened<msg::OrderCancelled>(decision);
  EXPECT_EQ(cancelled.no, OrderNo(1));
  EXPECT_EQ(cancelled.customer, "ann");
  ASSERT_EQ(cancelled.lines.size(), 2U) << "the two lines of item 1 go back together";
  EXPECT_EQ(cancelled.lines[0], (msg::OrderLine{base::ItemId(1), Quantity(3), base::Cents(100), Quantity(5)}));
  EXPECT_EQ(cancelled.lines[1], (msg::OrderLine{base::ItemId(2), Quantity(3), base::Cents(30), Quantity(7)}));
  EXPECT_EQ(cancelled.total, base::Cents(390));
  EXPECT_EQ(stock(1), 5);
  EXPECT_EQ(stock(2), 7);
  EXPECT_EQ(state(), OrderState::kCancelled);
}

TEST_F(Cancelling, ByLinesAndPartly) {
  happened<msg::OrderCancelled>(now(cancel("c1", 1, Pieces{{1, 1}})));
  EXPECT_EQ(stock(1), 3);
  EXPECT_EQ(stock(2), 4);
  EXPECT_EQ(state(), OrderState::kPartlyCancelled);
  happened<msg::OrderCancelled>(now(cancel("c2", 1, Pieces{{2, 3}, {1, 2}})));
  EXPECT_EQ(stock(1), 5);
  EXPECT_EQ(stock(2), 7);
  EXPECT_EQ(state(), OrderState::kCancelled);
}

TEST_F(Cancelling, NeverTwice) {
  now(cancel("c1", 1));
  refused(when(cancel("c2", 1)), Code::kNothingRemains);
  refused(when(cancel("c3", 1, Pieces{{1, 1}})), Code::kNothingRemains);
  EXPECT_EQ(stock(1), 5);
}

TEST_F(Cancelling, TheSameKeyTakesEffectOnce) {
  now(cancel("c", 1, Pieces{{1, 1}}));
  EXPECT_EQ(std::get<KeyRecord>(when(cancel("c", 1, Pieces{{1, 1}}))).no, OrderNo(1));
  EXPECT_EQ(stock(1), 3);
  refused(when(cancel("c", 1, Pieces{{1, 2}})), Code::kKeyReused);
  refused(when(cancel("c", 1)), Code::kKeyReused);
  refused(when(cancel("c", 1, Pieces{{1, 1}}, CancelKind::kReturn)), Code::kKeyReused);
  refused(when(cancel("k1", 1)), Code::kKeyReused);
  refused(when(buy("c", {line(1, 1)})), Code::kKeyReused);
  refused(when(msg::Revoke{"c", base::Seq(1)}), Code::kKeyReused);
}

TEST_F(Cancelling, NeverMoreThanRemains) {
  EXPECT_EQ(refused(when(cancel("c1", 1, Pieces{{1, 4}})), Code::kMoreThanRemains).item, base::ItemId(1));
  EXPECT_EQ(refused(when(cancel("c1", 1, Pieces{{2, 3}, {1, 4}})), Code::kMoreThanRemains).item, base::ItemId(1));
  EXPECT_EQ(refused(when(cancel("c1", 1, Pieces{{9, 1}})), Code::kMoreThanRemains).item, base::ItemId(9));
  now(cancel("c1", 1, Pieces{{1, 2}}));
  refused(when(cancel("c2", 1, Pieces{{1, 2}})), Code::kMoreThanRemains);
  happened<msg::OrderCancelled>(now(cancel("c2", 1, Pieces{{1, 1}})));
  EXPECT_EQ(stock(1), 5);
}

TEST_F(Cancelling, OfAnOrderThatIsThere) {
  refused(when(cancel("c", 2)), Code::kUnknownOrder);
  refused(when(cancel("c", 0)), Code::kInvalid);
}

TEST_F(Cancelling, PiecesThatTheStoreTookInWereNotBought) {
  now(sell("s", {line(1, 1)}));
  refused(when(cancel("c", 2)), Code::kNothingRemains);
  refused(when(cancel("c", 2, Pieces{{1, 1}})), Code::kNothingRemains);
}

TEST_F(Cancelling, AReturnedPieceGoesBackAndAScrappedOneDoesNot) {
  happened<msg::OrderCancelled>(now(cancel("c1", 1, Pieces{{1, 1}}, CancelKind::kReturn)));
  EXPECT_EQ(stock(1), 3);
  const auto decision = now(cancel("c2", 1, {}, CancelKind::kScrap));
  const auto& scrapped = happened<msg::OrderCancelled>(decision);
  EXPECT_EQ(scrapped.lines.at(0).stock, Quantity(3));
  EXPECT_EQ(scrapped.total, base::Cents(290));
  EXPECT_EQ(stock(1), 3);
  EXPECT_EQ(stock(2), 4);
  EXPECT_EQ(state(), OrderState::kReturned);
}

TEST_F(Cancelling, ThePriceIsThatOfTheOrder) {
  now(price("p", 1, 999));
  EXPECT_EQ(happened<msg::OrderCancelled>(when(cancel("c", 1, Pieces{{1, 1}}))).total, base::Cents(100));
}

TEST_F(Cancelling, TheStockDoesNotPassItsLimit) {
  now(restock("r", 1, msg::kStockMax - 2));
  EXPECT_EQ(refused(when(cancel("c", 1)), Code::kLimit).item, base::ItemId(1));
  happened<msg::OrderCancelled>(when(cancel("c", 1, {}, CancelKind::kScrap)));
}

TEST_F(Cancelling, AnOrderHasSoManyCancellationsAtMost) {
  given(3, 1000, 1);
  now(buy("many", {line(3, 1000)}));
  for (std::size_t i = 0; i < msg::kCancellationsMax; ++i) {
    happened<msg::OrderCancelled>(now(cancel("m" + std::to_string(i), 2, Pieces{{3, 1}})));
  }
  EXPECT_FALSE(refused(when(cancel("last", 2)), Code::kLimit).item);
}

TEST_F(Cancelling, RefusesWhatIsOutsideTheLimits) {
  const auto why = [&](const msg::Cancel& request) { return refused(when(request), Code::kInvalid).message; };
  EXPECT_EQ(why(cancel("c", 1, Pieces{})), "lines: 0 is not within 1 .. 100");
  EXPECT_EQ(why(cancel("c", 1, Pieces(101, {1, 1}))), "lines: 101 is not within 1 .. 100");
  EXPECT_EQ(why(cancel("c", 1, Pieces{{1, 1}, {1, 1}})), "lines[1].item: 1 is twice in this request");
  EXPECT_EQ(why(cancel("c", 1, Pieces{{1, 0}})), "lines[0].quantity: 0 is not within 1 .. 1000000");
  EXPECT_EQ(why(cancel("c", 1, Pieces{{0, 1}})).substr(0, 14), "lines[0].item:");
  EXPECT_EQ(why(cancel("", 1)), "key: is empty");
  auto request = cancel("c", 1);
  request.reason = std::string(201, 'r');
  EXPECT_EQ(why(request), "reason: 201 bytes, at most 200");
}

// The outlook does not know what a pending event leaves of an order.
TEST_F(Cancelling, WaitsForWhatIsPendingOfItsOrder) {
  when(buy("k2", {line(1, 1)}));
  when(cancel("c1", 1, Pieces{{1, 1}}));
  EXPECT_TRUE(outlook().must_wait(cancel("c2", 1)));
  EXPECT_TRUE(outlook().must_wait(cancel("c2", 2)));
  EXPECT_FALSE(outlook().must_wait(cancel("c2", 3))) << "there is no such order";
  EXPECT_FALSE(outlook().must_wait(buy("k3", {line(1, 1)})));
  commit();
  EXPECT_FALSE(outlook().must_wait(cancel("c2", 1)));
  EXPECT_FALSE(outlook().must_wait(cancel("c2", 2)));
  when(cancel("c2", 1, Pieces{{1, 1}}));
  lose_epoch();
  EXPECT_FALSE(outlook().must_wait(cancel("c3", 1)));
}

// At every moment: what is in the stock, what is bought and not taken back, and what was scrapped, come to what was
// there at first.
TEST(CancellingAtRandom, PiecesAreConserved) {
  constexpr std::int64_t kAtFirst = 20;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    base::Random random(seed);
    Shop shop;
    for (std::uint64_t id = 1; id <= 3; ++id) shop.given(id, kAtFirst);
    std::map<std::uint64_t, std::int64_t> scrapped;
    std::uint64_t orders = 0;
    std::uint64_t taken_back = 0;
    for (int step = 0; step < 150; ++step) {
      const auto some_pieces = [&] {
        Pieces pieces;
        for (std::uint64_t id = 1; id <= 3; ++id) {
          if (random.chance(0.5)) pieces.emplace_back(id, 1 + static_cast<std::int64_t>(random.below(3)));
        }
        if (pieces.empty()) pieces.emplace_back(1, 1);
        return pieces;
      };
      const auto key =
          "k" + std::to_string(random.chance(0.1) ? random.below(20)
                                                  : std::uint64_t{1000} + static_cast<std::uint64_t>(step));
      Command command;
      if (random.chance(0.4)) {
        msg::PlaceOrder place = buy(key, {});
        for (const auto& [id, pieces] : some_pieces()) place.lines.push_back(line(id, pieces));
        if (random.chance(0.3)) place.lines.push_back(place.lines.front());
        command = place;
      } else {
        const auto kind = static_cast<CancelKind>(random.below(3));
        const auto no = 1 + random.below(orders + 1);
        command = random.chance(0.3) ? cancel(key, no, {}, kind) : cancel(key, no, some_pieces(), kind);
      }
      if (shop.outlook().must_wait(command)) shop.commit();
      const auto decision = shop.when(command);
      if (const auto* event = std::get_if<msg::Event>(&decision)) {
        if (std::holds_alternative<msg::OrderPlaced>(event->what)) ++orders;
        if (const auto* cancelled = std::get_if<msg::OrderCancelled>(&event->what)) {
          ++taken_back;
          for (const auto& each : cancelled->lines) {
            if (cancelled->kind == CancelKind::kScrap) scrapped[each.item.value()] += each.quantity.value();
          }
        }
      }
      if (random.chance(0.5)) shop.commit();
    }
    shop.commit();
    std::map<std::uint64_t, std::int64_t> outside;
    for (std::uint64_t no = 1; no <= orders; ++no) {
      for (const auto& each : msg::remainders_of(*shop.order(OrderNo(no)))) {
        EXPECT_GE(each.quantity.value(), 0) << "seed " << seed << " order " << no;
        outside[each.item.value()] += each.quantity.value();
      }
    }
    for (std::uint64_t id = 1; id <= 3; ++id) {
      EXPECT_EQ(shop.stock(id) + outside[id] + scrapped[id], kAtFirst) << "seed " << seed << " item " << id;
    }
    EXPECT_GT(taken_back, 5U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace ledger
