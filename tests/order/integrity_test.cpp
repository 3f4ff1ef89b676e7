// Faults of an order.db that no digest of its rows shows.
#include "order/integrity.h"

#include "tests/order/sqlite_store_fixture.h"

namespace order {
namespace {

using ::testing::HasSubstr;

class OrderIntegrityTest : public SqliteStoreTest {
 protected:
  OrderIntegrityTest() {
    put(1, 2, "Ann");
    put(3, 3, "");
    commit(13);
  }
  // Behind the back of the store, which is closed.
  std::string fault_after(const std::string& sql) {
    damage(sql);
    return fault();
  }
  std::string fault() const { return fault_of_file(path).value_or("none"); }
};

TEST_F(OrderIntegrityTest, AFileIsLookedAtWhileItsStoreIsOpen) {
  EXPECT_EQ(fault(), "none");
  put(4, 4, "not committed yet");
  EXPECT_EQ(fault(), "none");
}

TEST_F(OrderIntegrityTest, ACustomerThatIsNotTheOrdersIsFound) {
  EXPECT_EQ(fault_after("UPDATE orders SET customer = 'Ann' WHERE no = 2"),
            "order 2: its customer without case is wrong");
  EXPECT_EQ(fault_after("UPDATE orders SET customer = '' WHERE no = 2"), "order 2: its customer without case is wrong");
  EXPECT_EQ(fault_after("UPDATE orders SET customer = 'ann' WHERE no = 2"), "none");
  EXPECT_EQ(fault_after("UPDATE orders SET customer = 'ann' WHERE no = 3"),
            "order 3: its customer without case is wrong");
}

TEST_F(OrderIntegrityTest, AnIndexThatLacksARowIsFound) {
  EXPECT_THAT(fault_after("PRAGMA writable_schema = ON; CREATE TEMP TABLE entry AS SELECT * FROM sqlite_schema WHERE "
                          "name = 'orders_by_customer'; DELETE FROM sqlite_schema WHERE name = 'orders_by_customer'; "
                          "PRAGMA writable_schema = RESET; UPDATE orders SET customer = 'bob' WHERE no = 1; "
                          "PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM entry"),
              HasSubstr("index orders_by_customer"));
}

TEST_F(OrderIntegrityTest, AnIndexOfOtherOrdersOrNoneIsFound) {
  EXPECT_THAT(fault_after("DROP INDEX orders_by_customer"), HasSubstr("no such index: orders_by_customer"));
  EXPECT_NE(fault_after("CREATE INDEX orders_by_customer ON orders(customer, no) WHERE customer > 'b'"), "none");
}

TEST_F(OrderIntegrityTest, AnOrderThatCannotBeReadIsFound) {
  EXPECT_EQ(fault_after("UPDATE orders SET bytes = x'ee' WHERE no = 1"), "order 1: it cannot be read");
}

// Another release of ICU made them.
TEST_F(OrderIntegrityTest, FormsOfOtherRulesAreNotCompared) {
  EXPECT_EQ(fault_after("UPDATE derived SET rules = 'ICU 1'; UPDATE orders SET customer = 'bob' WHERE no = 1"), "none");
}

TEST_F(OrderIntegrityTest, AnotherFileIsNotLookedAt) {
  const auto other = dir / "other.db";
  SQLite::Database(other, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE t(a)");
  EXPECT_THROW(fault_of_file(other), std::runtime_error);
  EXPECT_THROW(fault_of_file(dir / "none.db"), std::runtime_error);
}

}  // namespace
}  // namespace order
