// Faults of a catalog.db that no digest of its rows shows.
#include "catalog/integrity.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/sqlite_store.h"
#include "tests/catalog/items.h"

namespace {

using support::item;
using testing::HasSubstr;

class CatalogIntegrityTest : public testing::Test {
 protected:
  CatalogIntegrityTest() {
    store->put_item(item(1, "How to get a good grade", "distributed systems"));
    store->put_item(item(2, "RPCs for Dummies", "distributed systems"));
    store->put_item(item(3, "\u2014 \u20ac \u2014", "signs"));  // no word is in the index
    store->commit({"store-a", base::Seq(2), base::BlockNo(1), msg::Hash(msg::kHashBytes, 'h'), 7}, 77);
  }
  // Behind the back of the store, which is closed.
  void run_sql(const std::string& sql) {
    store.reset();
    SQLite::Database(file, SQLite::OPEN_READWRITE).exec(sql);
  }
  std::string fault() const { return catalog::fault_of_file(file).value_or("none"); }

  support::TempDir directory;
  const std::string file = directory.file("catalog.db");
  std::unique_ptr<catalog::SqliteStore> store = std::make_unique<catalog::SqliteStore>(file);
};

TEST_F(CatalogIntegrityTest, AFileIsLookedAtWhileItsStoreIsOpen) {
  EXPECT_EQ(fault(), "none");
  store->put_item(item(4, "Not committed yet", "signs"));
  EXPECT_EQ(fault(), "none");
}

TEST_F(CatalogIntegrityTest, ATitleThatIsNotInTheIndexIsFound) {
  run_sql("INSERT INTO titles(titles, rowid, terms) VALUES ('delete', 2, 'rpcs for dummies')");
  EXPECT_THAT(fault(), HasSubstr("the index of titles lacks item 2, word '"));
}

TEST_F(CatalogIntegrityTest, ANameOfARetiredItemIsFound) {
  auto retired = item(2, "RPCs for Dummies", "distributed systems");
  retired.retired = true;
  retired.edited = retired.version;
  store->put_item(retired);
  store->commit({"store-a", base::Seq(2), base::BlockNo(1), msg::Hash(msg::kHashBytes, 'h'), 7}, 77);
  EXPECT_EQ(fault(), "none");
  run_sql("INSERT INTO names VALUES(2, 5, 'distributed systems')");
  EXPECT_EQ(fault(), "there are names of items that do not exist or are retired");
}

TEST_F(CatalogIntegrityTest, AFurtherTopicThatIsMissingOrTooMuchIsFound) {
  auto several = item(2, "RPCs for Dummies", "distributed systems");
  several.edited = several.version;
  several.topics = msg::Topics{"Networks", "fun"};
  store->put_item(several);
  store->commit({"store-a", base::Seq(2), base::BlockNo(1), msg::Hash(msg::kHashBytes, 'h'), 7}, 77);
  EXPECT_EQ(fault(), "none");
  run_sql("UPDATE more_topics SET topic = 'Networks' WHERE topic = 'networks'");
  EXPECT_EQ(fault(), "item 2: it is found by a topic that it does not have");
  run_sql("DELETE FROM more_topics WHERE topic = 'Networks'");
  EXPECT_EQ(fault(), "an item is not found by each of its topics");
  run_sql("INSERT INTO more_topics VALUES('networks', 2); INSERT INTO more_topics VALUES('fun', 3)");
  EXPECT_EQ(fault(), "item 3: it is found by a topic that it does not have");
}

TEST_F(CatalogIntegrityTest, AnEntryOfNoTitleIsFound) {
  run_sql("INSERT INTO titles(rowid, terms) VALUES (9, 'ghost')");
  EXPECT_EQ(fault(), "the index of titles has too much: item 9, word 'ghost'");
}

TEST_F(CatalogIntegrityTest, ADamagedIndexOfTitlesIsFound) {
  run_sql("DELETE FROM titles_data WHERE id > 10");
  EXPECT_THAT(fault(), HasSubstr("malformed"));
}

TEST_F(CatalogIntegrityTest, AnIndexThatLacksARowIsFound) {
  run_sql(
      "PRAGMA writable_schema = ON; CREATE TEMP TABLE entry AS SELECT * FROM sqlite_schema WHERE name = "
      "'names_by_title'; DELETE FROM sqlite_schema WHERE name = 'names_by_title'; PRAGMA writable_schema = RESET; "
      "UPDATE names SET title = 1 WHERE id = 1; PRAGMA writable_schema = ON; "
      "INSERT INTO sqlite_schema SELECT * FROM entry");
  EXPECT_THAT(fault(), HasSubstr("index names_by_title"));
}

TEST_F(CatalogIntegrityTest, ANameThatIsNotTheItemsIsFound) {
  run_sql("CREATE TABLE kept AS SELECT * FROM names");
  for (const auto* sql : {"UPDATE names SET title = 1 WHERE id = 1", "UPDATE names SET topic = '' WHERE id = 1",
                          "DELETE FROM names WHERE id = 1"}) {
    run_sql("BEGIN; DELETE FROM names; INSERT INTO names SELECT * FROM kept; COMMIT");
    EXPECT_EQ(fault(), "none");
    run_sql(sql);
    EXPECT_THAT(fault(), HasSubstr("item 1: its title or its topic without case is wrong")) << sql;
  }
  run_sql("DELETE FROM names; INSERT INTO names SELECT * FROM kept");
  run_sql("INSERT INTO names VALUES(9, 1, '')");
  EXPECT_EQ(fault(), "there are names of items that do not exist or are retired");
}

// Another release of ICU made them.
TEST_F(CatalogIntegrityTest, FormsOfOtherRulesAreNotCompared) {
  run_sql("UPDATE derived SET rules = 'ICU 1'; UPDATE names SET title = 1 WHERE id = 1");
  EXPECT_EQ(fault(), "none");
}

TEST_F(CatalogIntegrityTest, AnotherFileIsNotLookedAt) {
  store.reset();
  SQLite::Database(directory.file("other.db"), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec("CREATE TABLE t(a)");
  EXPECT_THROW(catalog::fault_of_file(directory.file("other.db")), std::runtime_error);
  EXPECT_THROW(catalog::fault_of_file(directory.file("none.db")), std::runtime_error);
}

}  // namespace
