// Files of an earlier format, and files with forms of names by other rules, are brought up to the present one.
#include "catalog/sqlite_store.h"

#include "tests/catalog/sqlite_store_fixture.h"

namespace catalog {
namespace {

using support::item;

// Removes what the formats before 11 do not have.
const std::string kWithoutDetails =
    "ALTER TABLE items DROP COLUMN description; ALTER TABLE items DROP COLUMN topics; ALTER TABLE items DROP COLUMN "
    "attributes; ALTER TABLE items DROP COLUMN low; ALTER TABLE items DROP COLUMN told_low; DROP TABLE more_topics;";

// The next release is linked here (tests/versions): its format has an index more. Format 2 kept no digest of the items.
TEST_F(SqliteStoreTest, AFileOfAnOlderFormatIsBroughtUp) {
  put({item(1, "plain"), item(2, "\u00dcber Stra\u00dfen", "\u00c9cole")});
  commit();
  run_sql(
      "DROP INDEX items_by_price; ALTER TABLE items DROP COLUMN held; ALTER TABLE items DROP COLUMN retired; "
      "ALTER TABLE items DROP COLUMN edited; ALTER TABLE items DROP COLUMN terms; ALTER TABLE items DROP COLUMN "
      "places; DROP TABLE claims; DROP TABLE derived; DROP TABLE names; DROP TABLE titles;" +
      kWithoutDetails +
      "CREATE INDEX items_by_topic ON items(topic, id); CREATE INDEX items_by_title ON items(title, id);"
      "CREATE VIRTUAL TABLE titles USING fts5("
      "title, content='', tokenize='unicode61 remove_diacritics 2', prefix='2 3', columnsize=0);"
      "INSERT INTO titles(rowid, title) SELECT id, title FROM items; PRAGMA user_version = 2");
  open();
  EXPECT_EQ(store->items_digest(), std::nullopt);
  commit();
  EXPECT_EQ(store->items_digest(), 77U);
  EXPECT_EQ(with_text("plain"), "1");
  EXPECT_EQ(with_text("strassen"), "2");
  EXPECT_EQ(with_topic("\u00e9cole"), "2");
  EXPECT_EQ(store->find_title("u\u0308BER STRASSEN"), base::ItemId(2));
  EXPECT_EQ(
      SQLite::Database(file).execAndGet("SELECT count(*) FROM sqlite_schema WHERE name = 'items_by_price'").getInt(),
      1);
}

TEST_F(SqliteStoreTest, AFileOfFormat7HasNoEditedItems) {
  put({item(1, "plain"), item(2, "other")});
  commit();
  run_sql(
      "DROP INDEX items_by_price; ALTER TABLE items DROP COLUMN retired; ALTER TABLE items DROP COLUMN edited;"
      "ALTER TABLE items DROP COLUMN terms; ALTER TABLE items DROP COLUMN places;" +
      kWithoutDetails + "PRAGMA user_version = 7");
  open();
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(item(1, "plain"), item(2, "other")));
  put({edited(item(2, "plain too"), 9)});
  EXPECT_EQ(with_text("plain"), "1 2");
}

TEST_F(SqliteStoreTest, AFileOfFormat8HasNoTerms) {
  put({item(1, "plain"), edited(item(2, "other"), 9)});
  commit();
  run_sql("DROP INDEX items_by_price; ALTER TABLE items DROP COLUMN terms; ALTER TABLE items DROP COLUMN places;" +
          kWithoutDetails + "PRAGMA user_version = 8");
  open();
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(item(1, "plain"), edited(item(2, "other"), 9)));
  put({with_terms(edited(item(2, "other"), 10))});
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(item(1, "plain"), with_terms(edited(item(2, "other"), 10))));
}

TEST_F(SqliteStoreTest, AFileOfFormat9HasNoPlaces) {
  put({item(1, "plain"), item(2, "other")});
  commit();
  run_sql("DROP INDEX items_by_price; ALTER TABLE items DROP COLUMN places;" + kWithoutDetails +
          "PRAGMA user_version = 9");
  open();
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(item(1, "plain"), item(2, "other")));
  put({spread(item(2, "other"))});
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(item(1, "plain"), spread(item(2, "other"))));
}

TEST_F(SqliteStoreTest, AFileOfFormat10HasNoDetails) {
  put({item(1, "plain"), item(2, "other", "music")});
  commit();
  run_sql("DROP INDEX items_by_price;" + kWithoutDetails + "PRAGMA user_version = 10");
  open();
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(item(1, "plain"), item(2, "other", "music")));
  EXPECT_EQ(with_topic("music"), "2");
  const auto more = detailed(edited(item(2, "other", "music"), 9), {"books"});
  put({more});
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(item(1, "plain"), more));
  EXPECT_EQ(with_topic("books"), "1 2");
}

TEST_F(SqliteStoreTest, FormsThatOtherRulesMadeAreMadeAnew) {
  put({item(1, "Stra\u00dfe", "\u00c9cole"), item(2, "plain")});
  commit();
  run_sql(
      "UPDATE derived SET rules = 'ICU 1'; UPDATE names SET title = 1, topic = 'y';"
      "INSERT INTO titles(titles) VALUES('delete-all')");
  open();
  EXPECT_EQ(store->find_title("STRASSE"), base::ItemId(1));
  EXPECT_EQ(with_topic("\u00e9COLE"), "1");
  EXPECT_EQ(with_text("plain"), "2");
}

TEST_F(SqliteStoreTest, FormsThatOurRulesMadeAreKept) {
  put({item(1, "plain")});
  commit();
  run_sql("UPDATE names SET topic = 'x'");
  open();
  EXPECT_EQ(with_topic("x"), "1");
}

TEST_F(SqliteStoreTest, TopicsInFormsOfOtherRulesAreMadeAnew) {
  put({detailed(item(1, "plain"), {"\u00c9cole"})});
  commit();
  run_sql("UPDATE derived SET rules = 'ICU 1'; UPDATE more_topics SET topic = 'y'");
  open();
  EXPECT_EQ(with_topic("\u00e9COLE"), "1");
  EXPECT_EQ(with_topic("y"), "");
}

}  // namespace
}  // namespace catalog
