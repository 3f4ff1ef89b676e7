#include "tests/order/sqlite_store_fixture.h"

namespace order {
namespace {

using base::OrderNo;
using ::testing::IsEmpty;
using SqliteMovementsTest = SqliteStoreTest;

msg::Movement moved(std::uint64_t item, std::uint64_t seq, std::int64_t delta, std::int64_t stock) {
  return {.item = base::ItemId(item),
          .seq = base::Seq(seq),
          .at = 4711,
          .kind = msg::MovementKind::kRestocked,
          .delta = base::Quantity(delta),
          .stock = base::Quantity(stock)};
}

TEST_F(SqliteMovementsTest, MovementsAreThereAgain) {
  auto whole = moved(1, 7, -2, 3);
  whole.kind = msg::MovementKind::kConfirmed;
  whole.held_delta = base::Quantity(-3);
  whole.held = base::Quantity(1);
  whole.order = OrderNo(5);
  whole.hold = base::HoldNo(4);
  whole.reason = "found";
  whole.by = base::Seq(3);
  whole.places = msg::Places{{"annex", base::Quantity(-1)}, {"north", base::Quantity(0)}};
  for (const auto& each : {moved(1, 3, 5, 5), moved(2, 3, 4, 4), whole, moved(1, 9, 1, 4)}) store->put_movement(each);
  const ledger::MovementsTotal total{4, 0xfeed'0000'0000'0002};
  store->commit({"store-1", base::Seq(9), base::BlockNo(2), std::string(32, '\7'), 99}, {{}, 0, {}, 0, {}, total}, 0);
  reopen();
  EXPECT_EQ(store->totals().movements, total);
  EXPECT_THAT(store->movements(base::ItemId(1), kAllSeqs, 2), testing::ElementsAre(moved(1, 9, 1, 4), whole));
  EXPECT_THAT(store->movements(base::ItemId(1), base::Seq(7), 2), testing::ElementsAre(moved(1, 3, 5, 5)));
  EXPECT_THAT(store->movements(base::ItemId(3), kAllSeqs, 2), IsEmpty());
  EXPECT_THAT(store->movements_after({}, {}, 2), testing::ElementsAre(moved(1, 3, 5, 5), whole));
  EXPECT_THAT(store->movements_after(base::ItemId(1), base::Seq(9), 2), testing::ElementsAre(moved(2, 3, 4, 4)));
}

TEST_F(SqliteMovementsTest, AnItemMovesOnceInAnEvent) {
  store->put_movement(moved(1, 3, 5, 5));
  EXPECT_THROW(store->put_movement(moved(1, 3, 1, 6)), SQLite::Exception);
}

TEST_F(SqliteMovementsTest, AFileOfFormat13HasNoPlaces) {
  store->put_item(an_item(1, 5));
  store->put_movement(moved(1, 3, 5, 5));
  store->put_key("k", a_record());
  commit(11);
  damage(kWithoutSubscriptions +
         "ALTER TABLE items DROP COLUMN places; ALTER TABLE keys DROP COLUMN places; ALTER TABLE movements DROP COLUMN "
         "places; DROP INDEX orders_by_time; PRAGMA user_version = 13");
  open();
  EXPECT_EQ(store->items({}, 9), std::vector{an_item(1, 5)});
  EXPECT_EQ(store->key("k"), a_record());
  auto spread = an_item(1, 5);
  spread.places = msg::Places{{"north", base::Quantity(2)}};
  auto record = a_record();
  record.change->places = spread.places;
  store->put_item(spread);
  store->put_key("k2", record);
  commit(12);
  reopen();
  EXPECT_EQ(store->items({}, 9), std::vector{spread});
  EXPECT_EQ(store->key("k2"), record);
  EXPECT_THAT(store->movements_after({}, {}, 9), testing::ElementsAre(moved(1, 3, 5, 5)));
}

// So the movements of an item add up to its stock, also in a view that did not keep them from the beginning.
TEST_F(SqliteMovementsTest, AFileOfFormat12CarriesItsItemsOver) {
  auto held = an_item(2, 9);
  held.held = base::Quantity(2);
  store->put_item(an_item(1, 5));
  store->put_item(held);
  commit(11);
  damage(kWithoutMovements + "DROP INDEX orders_by_time; PRAGMA user_version = 12");
  auto first = moved(1, 3, 5, 5);
  first.at = 99;
  first.kind = msg::MovementKind::kCarried;
  auto second = moved(2, 3, 9, 9);
  second.at = 99;
  second.kind = msg::MovementKind::kCarried;
  second.held_delta = second.held = base::Quantity(2);
  ledger::MovementsTotal total;
  total.add(first);
  total.add(second);
  for (int times = 0; times < 2; ++times) {
    open();
    EXPECT_THAT(store->movements_after({}, {}, 9), testing::ElementsAre(first, second));
    EXPECT_EQ(store->totals().movements, total);
    EXPECT_EQ(store->totals().keys, (ledger::KeysTotal{6, 7, 0x8765'4321'0fed'cba9})) << "the others stay";
    close();
  }
}

TEST_F(SqliteMovementsTest, ADamagedMovementIsAnError) {
  store->put_movement(moved(1, 3, 5, 5));
  commit(20);
  for (const auto* how : {"kind = 99", "kind = 0, stock = 9223372036854775807", "stock = 5, held = -1000000001"}) {
    damage(fmt::format("UPDATE movements SET {}", how));
    open();
    EXPECT_THROW(store->movements(base::ItemId(1), kAllSeqs, 1), std::runtime_error) << how;
  }
}

}  // namespace
}  // namespace order
