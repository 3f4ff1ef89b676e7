#include "order/pass.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "ledger/holds.h"
#include "ledger/orders.h"
#include "tests/order/memory_store.h"

namespace order {
namespace {

using ::testing::HasSubstr;

// A view with five orders, a cancellation, their keys, one more key, and three items.
class PassTest : public ::testing::Test {
 protected:
  PassTest() {
    for (std::uint64_t id = 1; id <= 3; ++id) {
      const msg::Item item{base::ItemId(id), "title", "topic", base::Cents(100), base::Quantity(5), base::Seq(1)};
      items.put(item);
      store.put_item(item);
    }
    for (int i = 0; i < 5; ++i) place();
    take_back(2);
    use("void", {msg::OutcomeKind::kVoid, next(), 0, {}, {}, {}, {}});
    store.commit({"store-a", claim.seq, {}, {}, 0}, claim.totals, items.digest());
  }
  base::Seq next() { return claim.seq = claim.seq.next(); }
  void use(const std::string& key, const ledger::KeyRecord& record) {
    store.put_key(key, record);
    claim.totals.keys.add(key, record);
  }
  void place() {
    const auto no = claim.totals.last_order = claim.totals.last_order.next();
    const msg::Order order{no, next(), 9, {}, fmt::format("key-{}", no), "ann", {}, base::Cents(5)};
    store.put_order(order);
    claim.totals.orders_digest += ledger::row_digest(order);
    use(order.key, {msg::OutcomeKind::kOrder, order.seq, 7, no, {}, {}, {}});
  }
  void take_back(std::uint64_t no) {
    const msg::Cancellation taken{.no = base::OrderNo(no), .seq = next(), .key = fmt::format("cancel-{}", no)};
    store.put_cancellation(taken);
    claim.totals.orders_digest += ledger::row_digest(taken);
    use(taken.key, {msg::OutcomeKind::kChange, taken.seq, 7, taken.no, {}, {}, {}});
  }
  // One pass; between its steps something may happen.
  std::string pass(
      std::uint32_t rows = 2, const std::function<void()>& meanwhile = [] {}) {
    do {
      if (const auto fault = view_pass->step(rows, claim, dirty)) return *fault;
      meanwhile();
    } while (!view_pass->ended());
    return "";
  }
  std::string after_damage(const std::function<void(MemoryStore::Data&)>& change) {
    store.damage(change);
    return pass();
  }

  MemoryStore store;
  ledger::Items items;
  Claim claim;
  std::set<base::ItemId> dirty;
  ledger::Holds holds;
  std::optional<Pass> view_pass{std::in_place, store, items, holds};
};

TEST_F(PassTest, RowsThatComeToWhatIsClaimedAreRight) {
  for (const std::uint32_t rows : {1U, 2U, 3U, 5U, 6U, 100U}) EXPECT_EQ(pass(rows), "") << rows;
  EXPECT_EQ(fault_of(store), std::nullopt);
}

TEST_F(PassTest, RowsWrittenMeanwhileAreNotOfThisPass) {
  EXPECT_EQ(pass(1,
                 [this] {
                   if (claim.totals.last_order.value() < 20) place(), take_back(claim.totals.last_order.value());
                 }),
            "");
  EXPECT_EQ(pass(), "");
}

TEST_F(PassTest, AViewWithNothingInItIsRight) {
  MemoryStore empty;
  EXPECT_EQ(fault_of(empty), std::nullopt);
}

TEST_F(PassTest, ALostOrderIsNamed) {
  for (const std::uint64_t no : {1U, 3U, 5U}) {
    MemoryStore::Data before;
    store.damage([&](auto& data) { before = data, data.orders.erase(base::OrderNo(no)); });
    view_pass.emplace(store, items, holds);
    EXPECT_EQ(pass(), fmt::format("orders: order {} of 5 is not there", no));
    EXPECT_EQ(fault_of(store), fmt::format("orders: order {} of 5 is not there", no));
    store.damage([&](auto& data) { data = before; });
  }
}

TEST_F(PassTest, AnOrderThatTurnedIsFound) {
  EXPECT_THAT(after_damage([](auto& data) { data.orders.at(base::OrderNo(3)).customer = "bob"; }),
              HasSubstr("orders: the digest of the rows 1..5 is"));
}

TEST_F(PassTest, ALostCancellationIsFound) {
  EXPECT_THAT(after_damage([](auto& data) { data.cancellations.clear(); }),
              HasSubstr("orders: the digest of the rows 1..5 is"));
}

TEST_F(PassTest, ACancellationThatTurnedIsFound) {
  EXPECT_THAT(after_damage([](auto& data) { data.cancellations.begin()->second.reason = "another"; }),
              HasSubstr("orders: the digest of the rows 1..5 is"));
}

TEST_F(PassTest, ALostKeyIsFound) {
  EXPECT_THAT(after_damage([](auto& data) { data.keys.erase("void"); }),
              HasSubstr("keys: up to seq 7 there are 6 rows"));
}

TEST_F(PassTest, AKeyThatTurnedIsFound) {
  EXPECT_THAT(after_damage([](auto& data) { ++data.keys.at("key-2").req; }), HasSubstr("keys: up to seq 7"));
}

TEST_F(PassTest, AKeyThatTurnedIntoALaterOneIsFound) {
  EXPECT_THAT(after_damage([](auto& data) { data.keys.at("key-2").seq = base::Seq(99); }),
              HasSubstr("keys: up to seq 7 there are 6 rows"));
}

TEST_F(PassTest, ALostItemIsFound) {
  EXPECT_EQ(after_damage([](auto& data) { data.items.erase(base::ItemId(2)); }), "items: item 2 is not there");
}

TEST_F(PassTest, AnItemThatIsYetToBeWrittenIsNotCompared) {
  dirty.insert(base::ItemId(2));
  EXPECT_EQ(after_damage([](auto& data) { data.items.erase(base::ItemId(2)); }), "");
}

TEST_F(PassTest, AViewThatIsOpenedWithoutAnItemIsFound) {
  store.damage([](auto& data) { data.items.erase(base::ItemId(2)); });
  const auto fault = fault_of(store, load_items(store));
  ASSERT_TRUE(fault);
  EXPECT_THAT(*fault, HasSubstr("items: the digest of the 2 rows at seq 7 is"));
}

TEST_F(PassTest, AViewThatSaysSoItselfIsNotBelieved) {
  store.diverge("orders: order 7 was not there");
  EXPECT_EQ(fault_of(store), "orders: order 7 was not there");
}

// Hold 1 has ended, 2 and 3 are open.
class PassOfHoldsTest : public PassTest {
 protected:
  PassOfHoldsTest() {
    for (const std::uint64_t no : {1U, 2U, 3U}) place_hold(no);
    end_hold(1);
    store.commit({"store-a", claim.seq, {}, {}, 0}, claim.totals, items.digest());
  }
  void happen(decltype(msg::Event::what) what) {
    store.put_hold(*holds.evolve({9, std::move(what)}, next()));
    claim.totals.holds = holds.total();
  }
  void place_hold(std::uint64_t no) { happen(msg::HoldPlaced{"h", 0, base::HoldNo(no), "ann", lines(), 100, {}}); }
  void end_hold(std::uint64_t no) { happen(msg::HoldEnded{"r", 0, base::HoldNo(no), "ann", lines(), {}}); }
  static std::vector<msg::HoldLine> lines() {
    return {{base::ItemId(1), base::Quantity(2), base::Cents(100), base::Quantity(2)}};
  }
};

TEST_F(PassOfHoldsTest, RowsThatComeToWhatIsClaimedAreRight) {
  for (const std::uint32_t rows : {1U, 2U, 3U, 4U, 100U}) EXPECT_EQ(pass(rows), "") << rows;
  EXPECT_EQ(fault_of(store), std::nullopt);
}

TEST_F(PassOfHoldsTest, HoldsThatChangeMeanwhileAreRight) {
  std::uint64_t changes = 0;
  EXPECT_EQ(pass(1,
                 [&] {
                   if (++changes == 1) end_hold(3);
                   if (changes == 2) place_hold(4);
                   if (changes == 9) end_hold(2);
                 }),
            "");
  EXPECT_EQ(pass(), "");
}

TEST_F(PassOfHoldsTest, ALostHoldIsNamed) {
  for (const std::uint64_t no : {1U, 2U, 3U}) {
    MemoryStore::Data before;
    store.damage([&](auto& data) { before = data, data.holds.erase(base::HoldNo(no)); });
    view_pass.emplace(store, items, holds);
    EXPECT_EQ(pass(), fmt::format("holds: hold {} of 3 is not there", no));
    EXPECT_NE(fault_of(store), std::nullopt);
    store.damage([&](auto& data) { data = before; });
  }
}

TEST_F(PassOfHoldsTest, AnOpenHoldThatTurnedIsFound) {
  EXPECT_EQ(after_damage([](auto& data) { ++data.holds.at(base::HoldNo(2)).expires; }),
            "holds: hold 2 is not as it was written");
  EXPECT_THAT(*fault_of(store), HasSubstr("holds: 2 open ones have the digest"));
}

TEST_F(PassOfHoldsTest, AnEndedHoldThatTurnedIsFound) {
  EXPECT_THAT(after_damage([](auto& data) { data.holds.at(base::HoldNo(1)).customer = "bob"; }),
              HasSubstr("holds: the digest of those that have ended is"));
}

TEST_F(PassOfHoldsTest, AnEndedHoldThatIsOpenAgainIsFound) {
  EXPECT_EQ(after_damage([](auto& data) { data.holds.at(base::HoldNo(1)).state = msg::HoldState::kOpen; }),
            "holds: hold 1 is not as it was written");
}

TEST_F(PassOfHoldsTest, TwoRowsOfOneNumberAreFoundWhenTheViewIsOpened) {
  store.damage([](auto& data) { data.holds.at(base::HoldNo(3)).no = base::HoldNo(2); });
  EXPECT_THAT(*fault_of(store), HasSubstr("holds: 1 open ones have the digest"));
}

// Item 1 has three movements, and item 2 has two.
class PassOfMovementsTest : public PassTest {
 protected:
  PassOfMovementsTest() {
    move(1, msg::MovementKind::kAdded, 5);
    move(2, msg::MovementKind::kCarried, 4);
    move(1, msg::MovementKind::kRestocked, 2);
    move(2, msg::MovementKind::kHeld, 0, 3);
    move(1, msg::MovementKind::kBought, -7);
    store.commit({"store-a", claim.seq, {}, {}, 0}, claim.totals, items.digest());
  }
  void move(std::uint64_t id, msg::MovementKind kind, std::int64_t delta, std::int64_t held_delta = 0) {
    auto& now = now_[id];
    now.item = base::ItemId(id);
    now.seq = next();
    now.kind = kind;
    now.delta = base::Quantity(delta);
    now.stock += now.delta;
    now.held_delta = held_delta ? std::optional(base::Quantity(held_delta)) : std::nullopt;
    if (held_delta) now.held = base::Quantity(held_delta);
    store.put_movement(now);
    claim.totals.movements.add(now);
  }
  static std::pair<base::ItemId, base::Seq> row(std::uint64_t id, std::uint64_t seq) {
    return {base::ItemId(id), base::Seq(7 + seq)};
  }

 private:
  std::map<std::uint64_t, msg::Movement> now_;
};

TEST_F(PassOfMovementsTest, RowsThatComeToWhatIsClaimedAreRight) {
  for (const std::uint32_t rows : {1U, 2U, 3U, 5U, 6U, 100U}) EXPECT_EQ(pass(rows), "") << rows;
  EXPECT_EQ(fault_of(store), std::nullopt);
}

TEST_F(PassOfMovementsTest, RowsWrittenMeanwhileAreNotOfThisPass) {
  std::uint64_t changes = 0;
  EXPECT_EQ(pass(1,
                 [&] {
                   if (++changes < 30) move(1 + changes % 2, msg::MovementKind::kRestocked, 1);
                 }),
            "");
  EXPECT_EQ(pass(), "");
}

TEST_F(PassOfMovementsTest, ALostMovementIsFound) {
  for (const auto& each : std::vector<std::pair<std::pair<base::ItemId, base::Seq>, std::string>>{
           {row(1, 1), "movements: that of item 1 at seq 10 does not follow"},
           {row(1, 3), "movements: that of item 1 at seq 12 does not follow"},
           {row(1, 5), "movements: up to seq 12 there are 4 rows"}}) {
    MemoryStore::Data before;
    store.damage([&](auto& data) { before = data, data.movements.erase(each.first); });
    view_pass.emplace(store, items, holds);
    EXPECT_THAT(pass(), HasSubstr(each.second));
    store.damage([&](auto& data) { data = before; });
  }
}

TEST_F(PassOfMovementsTest, AMovementThatTurnedIsFound) {
  EXPECT_THAT(after_damage([](auto& data) { ++data.movements.at(row(1, 3)).at; }),
              HasSubstr("movements: up to seq 12 there are 5 rows with digest"));
}

TEST_F(PassOfMovementsTest, AMovementOfHeldPiecesThatTurnedIsFound) {
  EXPECT_THAT(after_damage([](auto& data) { data.movements.at(row(2, 4)).held = base::Quantity(4); }),
              HasSubstr("movements: that of item 2 at seq 11 does not follow"));
}

}  // namespace
}  // namespace order
