#include <fstream>

#include "tests/order/sqlite_store_fixture.h"

namespace order {
namespace {

namespace fs = std::filesystem;
using base::OrderNo;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST_F(SqliteStoreTest, ANewFileHasAppliedNothing) {
  EXPECT_EQ(store->position().applied, base::Seq(0));
  EXPECT_THAT(store->position().store, IsEmpty());
  EXPECT_EQ(store->position().hash, msg::no_hash());
  EXPECT_EQ(store->totals().last_order, OrderNo(0));
  EXPECT_FALSE(store->order(OrderNo(1)));
  EXPECT_FALSE(store->key("k"));
}

TEST_F(SqliteStoreTest, ARowThatIsPutIsSeenAtOnce) {
  put(1, 1);
  store->put_key("k", a_record());
  EXPECT_EQ(store->order(OrderNo(1)), an_order(1));
  EXPECT_EQ(store->key("k"), a_record());
}

TEST_F(SqliteStoreTest, CommittedRowsAreThereAgain) {
  put(1, 2);
  store->put_key("k", a_record());
  store->put_item(an_item(1, 9));
  store->put_item(an_item(1, 4));
  store->put_item(an_item(2));
  commit(12);
  reopen();
  EXPECT_EQ(store->position().store, "store-1");
  EXPECT_EQ(store->position().applied, base::Seq(12));
  EXPECT_EQ(store->position().block, base::BlockNo(2));
  EXPECT_EQ(store->position().hash, std::string(32, '\7'));
  EXPECT_EQ(store->position().at, 99);
  EXPECT_EQ(store->totals().last_order, OrderNo(5));
  EXPECT_EQ(store->totals().orders_digest, 0xfedc'ba98'7654'3210);
  EXPECT_EQ(store->totals().keys, (ledger::KeysTotal{6, 7, 0x8765'4321'0fed'cba9}));
  EXPECT_EQ(store->items_digest(), 0xfeed'0000'0000'0001);
  EXPECT_EQ(store->order(OrderNo(2)), an_order(2));
  EXPECT_EQ(store->key("k"), a_record());
  std::vector<msg::Item> items;
  store->each_item([&](const msg::Item& item) { items.push_back(item); });
  EXPECT_THAT(items, ::testing::UnorderedElementsAre(an_item(1, 4), an_item(2)));
}

TEST_F(SqliteStoreTest, ReopeningGoesBackToTheLastCommit) {
  put(1, 1);
  commit(11);
  put(2, 2);
  store->put_item(an_item(1));
  reopen();
  EXPECT_EQ(store->position().applied, base::Seq(11));
  EXPECT_TRUE(store->order(OrderNo(1)));
  EXPECT_FALSE(store->order(OrderNo(2)));
  put(2, 2);
}

TEST_F(SqliteStoreTest, ACrashGoesBackToTheLastCommit) {
  put(1, 1);
  commit(11);
  put(2, 2);
  crash();
  EXPECT_EQ(store->position().applied, base::Seq(11));
  EXPECT_TRUE(store->order(OrderNo(1)));
  EXPECT_FALSE(store->order(OrderNo(2)));
}

TEST_F(SqliteStoreTest, OrdersComeInPages) {
  put(1, 5);
  EXPECT_EQ(numbers({}, 0, 2), (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(numbers({}, 2, 10), (std::vector<std::uint64_t>{3, 4, 5}));
  EXPECT_THAT(numbers({}, 5, 10), IsEmpty());
  EXPECT_THAT(numbers({}, UINT64_MAX, 10), IsEmpty());
}

TEST_F(SqliteStoreTest, OrdersOfOneCustomer) {
  put(1, 2, "ann");
  put(3, 4, "bob");
  put(5, 5, "ann");
  put(6, 6, "");
  EXPECT_EQ(numbers("ann", 0, 10), (std::vector<std::uint64_t>{1, 2, 5}));
  EXPECT_EQ(numbers("ann", 1, 1), (std::vector<std::uint64_t>{2}));
  EXPECT_THAT(numbers("zoe", 0, 10), IsEmpty());
}

TEST_F(SqliteStoreTest, OrderNumbersPastWhatSqliteHoldsAreUnknown) {
  put(1, 1);
  EXPECT_FALSE(store->order(OrderNo(UINT64_MAX)));
}

TEST_F(SqliteStoreTest, ACommitOfThePositionAloneIsKept) {
  commit(7);
  commit(8);
  reopen();
  EXPECT_EQ(store->position().applied, base::Seq(8));
}

TEST_F(SqliteStoreTest, ItemsAndKeysComeInPages) {
  for (const auto* key : {"b", "a", "c"}) store->put_key(key, a_record());
  const auto keys = store->keys("a", 2);
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].key, "b");
  EXPECT_EQ(keys[1].key, "c");
  EXPECT_EQ(keys[1].record, a_record());
  for (const auto id : {3, 1, 2}) store->put_item(an_item(static_cast<std::uint64_t>(id)));
  EXPECT_EQ(store->items(base::ItemId(1), 1), std::vector{an_item(2)});
  EXPECT_EQ(store->items(base::ItemId(2), 9), std::vector{an_item(3)});
}

TEST_F(SqliteStoreTest, AViewThatHasDivergedGoesBackToItsLastCommitAndStaysSo) {
  put(1, 1);
  commit(11);
  put(2, 2);
  EXPECT_FALSE(store->diverged());
  store->diverge("orders: order 7 is not there");
  EXPECT_FALSE(store->order(OrderNo(2)));
  reopen();
  EXPECT_EQ(store->diverged(), "orders: order 7 is not there");
  EXPECT_EQ(store->position().applied, base::Seq(11));
}

TEST_F(SqliteStoreTest, CustomersAreComparedWithoutCase) {
  put(1, 1, "\u00c1nn");
  put(2, 2, "A\u0301NN");
  put(3, 3, "bob");
  put(4, 4, "");
  EXPECT_THAT(numbers("\u00e1nn", 0, 9), testing::ElementsAre(1, 2));
  EXPECT_THAT(numbers("a\u0301nn", 1, 9), testing::ElementsAre(2));
  EXPECT_THAT(numbers("Bob", 0, 9), testing::ElementsAre(3));
  EXPECT_THAT(numbers("ann", 0, 9), IsEmpty());
  EXPECT_EQ(store->order(OrderNo(2))->customer, "A\u0301NN");
}

// An earlier format kept the customers as they were written; another release of ICU may give another form.
TEST_F(SqliteStoreTest, FormsThatOtherRulesMadeAreMadeAnew) {
  put(1, 1, "\u00c1nn");
  put(2, 2, "A\u0301NN");
  put(3, 3, "");
  commit(13);
  damage("UPDATE derived SET rules = ''; UPDATE orders SET customer = 'x' || no WHERE customer <> ''");
  open();
  EXPECT_THAT(numbers("\u00e1nn", 0, 9), testing::ElementsAre(1, 2));
  EXPECT_THAT(numbers("x1", 0, 9), IsEmpty());
  EXPECT_THAT(numbers({}, 0, 9), testing::ElementsAre(1, 2, 3));
}

TEST_F(SqliteStoreTest, CredentialsAreThereAgainAsTheyWerePutLast) {
  msg::Credential ann{base::Seq(3), {std::string(32, 'h')}, msg::ClientRole::kBuyer, "ann", "", 4711, 4712, {}};
  const msg::Credential bob{base::Seq(4), {std::string(32, 'i')}, msg::ClientRole::kReader, "", "b", 4711, {}, {}};
  store->put_credential(bob);
  store->put_credential(ann);
  ann.revoked = base::Seq(5);
  store->put_credential(ann);
  store->commit({"store-1", base::Seq(5), base::BlockNo(2), std::string(32, '\7'), 99}, {{}, 0, {}, 4713}, 0);
  reopen();
  EXPECT_THAT(store->credentials(), testing::ElementsAre(ann, bob));
  EXPECT_EQ(store->totals().credentials_digest, 4713U);
}

TEST_F(SqliteStoreTest, CancellationsAreThereAgain) {
  const auto taken = [](std::uint64_t no, std::uint64_t seq) {
    return msg::Cancellation{OrderNo(no),
                             base::Seq(seq),
                             4711,
                             msg::CancelKind::kReturn,
                             "key",
                             {{base::ItemId(1), base::Quantity(2), base::Cents(300), base::Quantity(4)}},
                             base::Cents(600),
                             "late",
                             base::Seq(3)};
  };
  put(1, 2);
  for (const auto& each : {taken(2, 20), taken(1, 21), taken(2, 22)}) store->put_cancellation(each);
  EXPECT_THAT(store->cancellations(OrderNo(2)), testing::ElementsAre(taken(2, 20), taken(2, 22)));
  commit(22);
  reopen();
  EXPECT_THAT(store->cancellations(OrderNo(2)), testing::ElementsAre(taken(2, 20), taken(2, 22)));
  EXPECT_THAT(store->cancellations(OrderNo(3)), IsEmpty());
  EXPECT_THAT(store->cancellations_after({}, 2), testing::ElementsAre(taken(2, 20), taken(1, 21)));
  EXPECT_THAT(store->cancellations_after(base::Seq(21), 2), testing::ElementsAre(taken(2, 22)));
  EXPECT_EQ(store->order(OrderNo(2)), an_order(2)) << "the order stays as it was placed";
}

TEST_F(SqliteStoreTest, SubscriptionsAreThereAgainAsTheyWerePutLast) {
  msg::Subscription stock{"stock", base::Seq(20), base::Seq(20), 4711, base::Seq(3), {"stock_moved"}, 5000, {}, {}};
  msg::Subscription all{"all", base::Seq(21), base::Seq(21), 4711, base::Seq(21), {}, 5000, {}, base::Seq(7)};
  for (const auto& each : {stock, all}) store->put_subscription(each);
  stock.cursor = base::Seq(22);
  stock.acknowledged = 4712;
  store->put_subscription(stock);
  Totals totals;
  totals.subscriptions_digest = 0xfeed'0000'0000'0003;
  store->commit({"store-1", base::Seq(24), base::BlockNo(2), std::string(32, '\7'), 99}, totals, 0);
  reopen();
  EXPECT_EQ(store->totals().subscriptions_digest, totals.subscriptions_digest);
  EXPECT_THAT(store->subscriptions(), testing::ElementsAre(all, stock));
  store->remove_subscription("all");
  store->commit({"store-1", base::Seq(25), base::BlockNo(3), std::string(32, '\7'), 99}, totals, 0);
  reopen();
  EXPECT_THAT(store->subscriptions(), testing::ElementsAre(stock));
}

TEST_F(SqliteStoreTest, TheHoldOfAKeyAndTheHeldPiecesOfAnItemAreThereAgain) {
  auto record = a_record();
  record.hold = base::HoldNo(7);
  record.change->held = base::Quantity(3);
  store->put_key("of a hold", record);
  auto item = an_item(1, 9);
  store->put_item(item);
  item.held = base::Quantity(2);
  store->put_item(item);
  auto other = an_item(2, 9);
  other.held = base::Quantity(9);
  store->put_item(other);
  other.held.reset();
  store->put_item(other);
  commit(24);
  reopen();
  EXPECT_EQ(store->key("of a hold"), record);
  EXPECT_EQ(store->items({}, 9), (std::vector{item, other}));
}

TEST_F(SqliteStoreTest, AnEditedItemAndTheRecordOfItsEditAreThereAgain) {
  auto item = an_item(1, 9);
  store->put_item(item);
  item.title = "another";
  item.topic = "other";
  item.retired = true;
  item.edited = item.version;
  store->put_item(item);
  auto record = a_record();
  record.change->kind = ledger::ChangeKind::kEdit;
  store->put_key("of an edit", record);
  commit(24);
  reopen();
  EXPECT_EQ(store->items({}, 9), std::vector{item});
  EXPECT_EQ(store->key("of an edit"), record);
  item.retired.reset();
  store->put_item(item);
  EXPECT_EQ(store->items({}, 9), std::vector{item});
}

TEST_F(SqliteStoreTest, OrdersSinceAnInstantAreThoseOfTheCustomerInEverySpelling) {
  const auto put = [&](std::uint64_t no, std::int64_t at, const std::string& customer) {
    auto order = an_order(no);
    order.at = at;
    order.customer = customer;
    store->put_order(order);
  };
  put(1, 10, "\u00c1nn");
  put(2, 20, "\u00e1nn");
  put(3, 20, "bob");
  put(4, 20, "");
  put(5, 21, "A\u0301NN");
  const auto since = [&](const std::string& customer, std::int64_t at, std::uint32_t limit) {
    std::vector<std::uint64_t> found;
    for (const auto& order : store->orders_since(customer, at, limit)) found.push_back(order.no.value());
    return found;
  };
  EXPECT_THAT(since("\u00c1NN", 9, 9), testing::ElementsAre(5, 2, 1));
  EXPECT_THAT(since("\u00c1NN", 10, 9), testing::ElementsAre(5, 2)) << "after the instant, and not at it";
  EXPECT_THAT(since("\u00c1NN", 9, 2), testing::ElementsAre(5, 2));
  EXPECT_THAT(since("\u00c1NN", 21, 9), IsEmpty());
  EXPECT_THAT(since("", 0, 9), IsEmpty());
}

TEST_F(SqliteStoreTest, AnItemWithMoreHeldThanInStockIsDamaged) {
  auto item = an_item(1, 9);
  item.held = base::Quantity(2);
  store->put_item(item);
  commit(24);
  damage("UPDATE items SET held = 10");
  open();
  EXPECT_THROW(store->items({}, 9), std::runtime_error);
}

TEST_F(SqliteStoreTest, ADamagedCancellationIsAnError) {
  store->put_cancellation({.no = OrderNo(1), .seq = base::Seq(20)});
  commit(20);
  damage("UPDATE cancellations SET bytes = x'c1'");
  open();
  EXPECT_THROW(store->cancellations(OrderNo(1)), std::runtime_error);
}

// All the error paths.

TEST_F(SqliteStoreTest, RefusesADatabaseOfAnotherProgram) {
  close();
  fs::remove(path);
  SQLite::Database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE recipes(name TEXT)");
  EXPECT_THAT(refusal(), HasSubstr("order.db: is a database of another program; move it away"));
}

TEST_F(SqliteStoreTest, RefusesAFileThatIsNotADatabase) {
  close();
  std::ofstream(path, std::ios::trunc) << std::string(4096, 'x');
  EXPECT_THAT(refusal(), HasSubstr("is not a database"));
}

TEST_F(SqliteStoreTest, RefusesAFileWithoutItsTables) {
  damage("DROP TABLE keys");
  EXPECT_THAT(refusal(), HasSubstr("is damaged"));
}

TEST_F(SqliteStoreTest, RefusesADamagedPosition) {
  commit(1);
  damage("UPDATE position SET hash = x'00'");
  EXPECT_THAT(refusal(), HasSubstr("is damaged (its position)"));
}

TEST_F(SqliteStoreTest, RefusesAMissingDirectory) {
  path = dir / "nowhere" / "order.db";
  EXPECT_THAT(refusal(), HasSubstr("does its directory exist"));
}

TEST_F(SqliteStoreTest, ADamagedOrderIsAnError) {
  put(1, 1);
  commit(1);
  damage("UPDATE orders SET bytes = x'c1'");
  open();
  EXPECT_THROW(store->order(OrderNo(1)), std::runtime_error);
}

TEST_F(SqliteStoreTest, ADamagedKeyIsAnError) {
  store->put_key("k", a_record());
  commit(1);
  damage("UPDATE keys SET kind = 9");
  open();
  EXPECT_THROW(store->key("k"), std::runtime_error);
  damage("UPDATE keys SET kind = 1, change = 4");
  open();
  EXPECT_THROW(store->key("k"), std::runtime_error);
}

TEST_F(SqliteStoreTest, AnOrderOrAKeyIsNotWrittenTwice) {
  put(1, 1);
  EXPECT_THROW(put(1, 1), std::exception);
  store->put_key("k", a_record());
  EXPECT_THROW(store->put_key("k", a_record()), std::exception);
}

}  // namespace
}  // namespace order
