// Views that an older or a newer release has left.
#include "tests/order/sqlite_store_fixture.h"

namespace order {
namespace {

using base::OrderNo;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Removes the tables and columns that the formats before 10 do not have.
const std::string kWithoutHolds =
    kWithoutMovements +
    "ALTER TABLE items DROP COLUMN terms; ALTER TABLE items DROP COLUMN retired; ALTER TABLE items DROP COLUMN edited;"
    "ALTER TABLE items DROP COLUMN held; DROP TABLE holds; ALTER TABLE keys DROP COLUMN hold;"
    "ALTER TABLE keys DROP COLUMN held;"
    "ALTER TABLE totals DROP COLUMN last_hold; ALTER TABLE totals DROP COLUMN open_holds_digest;"
    "ALTER TABLE totals DROP COLUMN ended_holds_digest;";

// As a program left it that kept a chain of all orders, and nothing of keys and items: format 2.
class OldFormatTest : public SqliteStoreTest {
 protected:
  void leave(const std::string& damage_it = {}) {
    for (std::uint64_t no = 1; no <= 5; ++no) {
      const auto order = an_order(no);
      store->put_order(order);
      put_key(order.key, {msg::OutcomeKind::kOrder, order.seq, 7, order.no, {}, {}, {}});
      expected.orders_digest += ledger::row_digest(order);
    }
    put_key("k", a_record());
    commit(15);
    damage(kWithoutHolds +
           "ALTER TABLE keys DROP COLUMN digest; ALTER TABLE keys DROP COLUMN change; ALTER TABLE keys DROP COLUMN at;"
           "ALTER TABLE keys DROP COLUMN was; ALTER TABLE keys DROP COLUMN stock; DROP INDEX orders_by_time;"
           "DROP TABLE claims; DROP TABLE derived; ALTER TABLE totals DROP COLUMN keys; ALTER TABLE totals DROP COLUMN "
           "keys_common;"
           "ALTER TABLE totals DROP COLUMN keys_digest; DROP TABLE credentials; DROP TABLE cancellations;"
           "ALTER TABLE totals DROP COLUMN credentials_digest; PRAGMA user_version = 2;" +
           damage_it);
  }
  void put_key(const std::string& key, ledger::KeyRecord record) {
    store->put_key(key, record);
    record.digest.reset();
    record.change.reset();
    expected.keys.add(key, record);
  }
  Totals expected{OrderNo(5), 0, {}};
};

TEST_F(SqliteStoreTest, AFileOfFormat6HasNoCredentials) {
  put(1, 1);
  commit(11);
  damage(kWithoutHolds +
         "DROP INDEX orders_by_time; DROP TABLE credentials; DROP TABLE cancellations; ALTER TABLE totals DROP COLUMN "
         "credentials_digest; PRAGMA user_version = 6");
  open();
  EXPECT_THAT(store->credentials(), IsEmpty());
  EXPECT_EQ(store->totals().credentials_digest, 0U);
  EXPECT_EQ(store->totals().keys.count, 6U);
  EXPECT_EQ(store->order(OrderNo(1)), an_order(1));
}

TEST_F(SqliteStoreTest, AFileOfFormat7HasNoCancellations) {
  put(1, 1);
  commit(11);
  damage(kWithoutHolds + "DROP INDEX orders_by_time; DROP TABLE cancellations; PRAGMA user_version = 7");
  open();
  EXPECT_THAT(store->cancellations(OrderNo(1)), IsEmpty());
  EXPECT_EQ(store->order(OrderNo(1)), an_order(1));
}

TEST_F(SqliteStoreTest, AFileOfFormat8HasNoHolds) {
  put(1, 1);
  commit(11);
  damage(kWithoutHolds + "DROP INDEX orders_by_time; PRAGMA user_version = 8");
  open();
  EXPECT_THAT(store->open_holds(), IsEmpty());
  EXPECT_EQ(store->totals().holds, ledger::HoldsTotal());
  EXPECT_EQ(store->order(OrderNo(1)), an_order(1));
}

TEST_F(SqliteStoreTest, AFileOfFormat10HasNoEditedItems) {
  store->put_item(an_item(1, 9));
  commit(11);
  damage(kWithoutMovements +
         "ALTER TABLE items DROP COLUMN retired; ALTER TABLE items DROP COLUMN edited; DROP INDEX orders_by_time;"
         "ALTER TABLE items DROP COLUMN terms; PRAGMA user_version = 10");
  open();
  EXPECT_EQ(store->items({}, 9), std::vector{an_item(1, 9)});
}

// The next release is linked here (tests/versions): its format has an index more.
TEST_F(SqliteStoreTest, AFileOfFormat11HasNoTerms) {
  auto item = an_item(1, 9);
  item.edited = item.version;
  store->put_item(item);
  commit(11);
  damage(kWithoutMovements +
         "ALTER TABLE items DROP COLUMN terms; DROP INDEX orders_by_time; PRAGMA user_version = 11");
  open();
  EXPECT_EQ(store->items({}, 9), std::vector{item});
  item.terms = msg::Terms{};
  item.terms->per_order = base::Quantity(2);
  store->put_item(item);
  commit(12);
  reopen();
  EXPECT_EQ(store->items({}, 9), std::vector{item});
}

TEST_F(SqliteStoreTest, AFileOfFormat14HasNoSubscriptions) {
  put(1, 1);
  commit(11);
  damage(kWithoutSubscriptions + "DROP INDEX orders_by_time; PRAGMA user_version = 14");
  open();
  EXPECT_THAT(store->subscriptions(), IsEmpty());
  EXPECT_EQ(store->totals().subscriptions_digest, 0U);
  EXPECT_EQ(store->totals().keys.count, 6U);
  EXPECT_EQ(store->order(OrderNo(1)), an_order(1));
}

TEST_F(SqliteStoreTest, AFileOfFormat15HasNoDetails) {
  auto item = an_item(1, 9);
  store->put_item(item);
  commit(11);
  damage(kWithoutDetails + "DROP INDEX orders_by_time; PRAGMA user_version = 15");
  open();
  EXPECT_EQ(store->items({}, 9), std::vector{item});
  item.edited = item.version;
  item.description = "Two\nlines";
  item.topics = msg::Topics{"maps", "travel"};
  item.attributes = msg::Attributes{{"pages", "214"}};
  item.low = base::Quantity(9);
  item.told_low = true;
  store->put_item(item);
  commit(12);
  reopen();
  EXPECT_EQ(store->items({}, 9), std::vector{item});
}

TEST_F(OldFormatTest, IsBroughtUpAndItsRowsAreSummedUp) {
  leave();
  for (int times = 0; times < 2; ++times) {
    open();
    EXPECT_EQ(store->totals().last_order, OrderNo(5));
    EXPECT_EQ(store->totals().orders_digest, expected.orders_digest);
    EXPECT_EQ(store->totals().keys, expected.keys);
    EXPECT_EQ(store->items_digest(), std::nullopt);
    close();
  }
  open();
  auto without = a_record();
  without.digest.reset();
  without.change.reset();
  EXPECT_EQ(store->key("k"), without);
  store->put_key("new", a_record());
  EXPECT_EQ(store->key("new"), a_record());
  put(6, 6, "ann");
  commit(16);
  EXPECT_EQ(
      SQLite::Database(path).execAndGet("SELECT count(*) FROM sqlite_schema WHERE name = 'orders_by_time'").getInt(),
      1);
}

TEST_F(OldFormatTest, WithoutAnOrderItIsRefused) {
  leave("DELETE FROM orders WHERE no = 3");
  EXPECT_THAT(refusal(), HasSubstr("is damaged (of 5 orders there are 4, and the keys of 5)"));
}

TEST_F(OldFormatTest, WithoutTheLastOrderItIsRefused) {
  leave("DELETE FROM orders WHERE no = 5");
  EXPECT_THAT(refusal(), HasSubstr("is damaged (of 5 orders there are 4, and the keys of 5)"));
}

TEST_F(OldFormatTest, WithoutAnOrdersKeyItIsRefused) {
  leave("DELETE FROM keys WHERE key = 'key-3'");
  EXPECT_THAT(refusal(), HasSubstr("is damaged (of 5 orders there are 5, and the keys of 4)"));
}

TEST_F(SqliteStoreTest, RefusesANewerFormat) {
  damage("PRAGMA user_version = 99");
  EXPECT_THAT(refusal(), HasSubstr(fmt::format("has format 99, this program knows {}", SqliteStore::format())));
}

TEST_F(SqliteStoreTest, RefusesAnOlderFormat) {
  damage("PRAGMA user_version = 0");
  EXPECT_THAT(refusal(), HasSubstr("has format 0, this program needs 2 at least"));
}

}  // namespace
}  // namespace order
