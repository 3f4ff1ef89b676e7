// The file of the catalog: what outlives a restart, and the files that are refused.
#include "catalog/sqlite_store.h"

#include <fstream>

#include "tests/catalog/sqlite_store_fixture.h"

namespace catalog {
namespace {

using support::item;

TEST_F(SqliteStoreTest, IsEmptyAtTheStartOfTheStream) {
  EXPECT_EQ(store->position().applied, base::Seq(0));
  EXPECT_EQ(stored(), "");
  EXPECT_EQ(with_text("cooking"), "");
}

TEST_F(SqliteStoreTest, KeepsItemsAndPositionOverARestart) {
  put({item(1, "RPCs for Dummies", "distributed systems", 9)});
  commit(42);
  reopen();
  EXPECT_EQ(stored(), "1 RPCs for Dummies distributed systems 1000 9 2\n");
  EXPECT_EQ(store->position().applied, base::Seq(42));
  EXPECT_EQ(store->position().store, "store-a");
  EXPECT_EQ(store->position().hash, hash);
  EXPECT_EQ(store->position().at, 7);
  EXPECT_EQ(with_text("rpcs"), "1");
}

TEST_F(SqliteStoreTest, ShowsAPutAtOnceAndForgetsItInACrashBeforeTheCommit) {
  put({item(1, "Xen")});
  commit(2);
  put({item(1, "Xen", "books", 3), item(2, "Spring")});
  EXPECT_EQ(with_text("spring"), "2");
  reopen();
  EXPECT_EQ(stored(), "1 Xen books 1000 5 2\n");
  EXPECT_EQ(with_text("spring"), "");
  EXPECT_EQ(store->position().applied, base::Seq(2));
}

TEST_F(SqliteStoreTest, PutsAnItemAgainWithoutIndexingItTwice) {
  put({item(1, "Xen")});
  auto sold = item(1, "Xen", "books", 4);
  sold.version = base::Seq(9);
  put({sold});
  EXPECT_EQ(stored(), "1 Xen books 1000 4 9\n");
  EXPECT_EQ(with_text("xen"), "1");
}

TEST_F(SqliteStoreTest, ItemsComeInPages) {
  put({item(3, "c"), item(1, "a"), item(2, "b")});
  EXPECT_THAT(store->items(base::ItemId(1), 1), testing::ElementsAre(item(2, "b")));
  EXPECT_THAT(store->items(base::ItemId(2), 9), testing::ElementsAre(item(3, "c")));
}

TEST_F(SqliteStoreTest, AViewThatHasDivergedGoesBackToItsLastCommitAndStaysSo) {
  put({item(1, "a")});
  commit();
  put({item(2, "b")});
  store->diverge("items: item 7 is not there");
  reopen();
  EXPECT_EQ(store->diverged(), "items: item 7 is not there");
  EXPECT_EQ(store->items({}, 9).size(), 1U);
}

// --- the error paths ---

TEST_F(SqliteStoreTest, RefusesAFileThatIsNotADatabase) {
  store.reset();
  std::filesystem::remove(file);
  std::ofstream(file) << std::string(10'000, 'x');
  EXPECT_THAT(refusal(), testing::HasSubstr("is not a database"));
}

TEST_F(SqliteStoreTest, RefusesADatabaseOfAnotherProgram) {
  run_sql("PRAGMA application_id = 77");
  EXPECT_THAT(refusal(), testing::HasSubstr("of another program"));
}

TEST_F(SqliteStoreTest, RefusesADatabaseWithTablesAndNoMark) {
  file = directory.file("other.db");
  run_sql("CREATE TABLE theirs(a)");
  EXPECT_THAT(refusal(), testing::HasSubstr("of another program"));
}

TEST_F(SqliteStoreTest, RefusesANewerFormatAndNamesBoth) {
  run_sql("PRAGMA user_version = 99");
  const auto why = refusal();
  EXPECT_THAT(why, testing::AllOf(testing::HasSubstr(file), testing::HasSubstr("format 99"),
                                  testing::HasSubstr(fmt::format("knows {}", SqliteStore::format()))));
  EXPECT_EQ(why.find('\n'), std::string::npos);
}

TEST_F(SqliteStoreTest, RefusesADirectoryThatIsNotThere) {
  file = directory.file("nowhere/catalog.db");
  EXPECT_THAT(refusal(), testing::HasSubstr("does its directory exist"));
}

TEST_F(SqliteStoreTest, RefusesADamagedFile) {
  put({item(1, "plain")});
  commit();
  store.reset();
  {
    std::fstream damaged(file, std::ios::in | std::ios::out | std::ios::binary);
    damaged.seekp(100);  // the schema, behind the file's header
    damaged << std::string(3000, '\xee');
  }
  EXPECT_THAT(refusal(), testing::HasSubstr("damaged"));
}

}  // namespace
}  // namespace catalog
