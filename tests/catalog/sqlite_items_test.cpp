// Items in the file of the catalog: edits, terms, places and details are kept, and rows that no event can have made are
// refused.
#include "catalog/sqlite_store.h"

#include "catalog/integrity.h"
#include "tests/catalog/sqlite_store_fixture.h"

namespace catalog {
namespace {

using support::item;
using support::words;

TEST_F(SqliteStoreTest, AnEditedItemIsFoundByItsPresentTextsAlone) {
  put({item(1, "Xen", "books"), item(2, "Spring", "books")});
  put({edited(item(1, "Autumn leaves", "music"), 9)});
  EXPECT_EQ(with_text("xen"), "");
  EXPECT_EQ(with_text("autumn"), "1");
  EXPECT_EQ(with_topic("books"), "2");
  EXPECT_EQ(with_topic("music"), "1");
  EXPECT_EQ(store->find_title("Xen"), std::nullopt);
  EXPECT_EQ(store->find_title("AUTUMN LEAVES"), base::ItemId(1));
  commit();
  reopen();
  EXPECT_EQ(with_text("xen"), "");
  EXPECT_EQ(with_text("autumn"), "1");
  EXPECT_THAT(store->items({}, 1), testing::ElementsAre(edited(item(1, "Autumn leaves", "music"), 9)));
}

TEST_F(SqliteStoreTest, ARetiredItemIsKeptAndNotFound) {
  put({item(1, "Xen", "books"), item(2, "Xen", "books")});
  put({edited(item(1, "Xen", "books"), 9, true)});
  EXPECT_EQ(with_text("xen"), "2");
  EXPECT_EQ(with_topic("books"), "2");
  EXPECT_EQ(words(store->search({}, kAny)), "2");
  EXPECT_EQ(words(store->search({.topic = "books", .text = "xen"}, kAny)), "2");
  EXPECT_EQ(store->find_title("xen"), base::ItemId(2));
  commit();
  reopen();
  EXPECT_THAT(store->items({}, 1), testing::ElementsAre(edited(item(1, "Xen", "books"), 9, true)));
  EXPECT_EQ(with_text("xen"), "2");
  put({edited(item(1, "Xenon", "books"), 12)});
  EXPECT_EQ(with_text("xen"), "1 2");
  EXPECT_EQ(with_text("xenon"), "1");
  EXPECT_EQ(store->find_title("xen"), base::ItemId(2));
}

// As a sale changes it: the index stays as it is.
TEST_F(SqliteStoreTest, AChangeAfterAnEditIndexesNothingTwice) {
  put({item(1, "Xen"), edited(item(1, "Spring"), 9)});
  auto sold = edited(item(1, "Spring", "books", 4), 9);
  sold.version = base::Seq(10);
  put({sold});
  EXPECT_EQ(with_text("spring"), "1");
  put({edited(item(1, "Summer", "books", 4), 11)});
  EXPECT_EQ(with_text("spring"), "");
  commit();
  EXPECT_EQ(fault_of_file(file), std::nullopt);
}

TEST_F(SqliteStoreTest, AnEditOfADescriptionLeavesTheIndexAsItIs) {
  put({item(1, "Xen")});
  commit();
  run_sql("UPDATE names SET topic = 'mark'");
  open();
  auto described = edited(item(1, "Xen"), 9);
  described.description = "A text";
  put({described});
  EXPECT_EQ(with_topic("mark"), "1") << "the index was written again";
  put({edited(item(1, "Xenon"), 10)});
  EXPECT_EQ(with_topic("mark"), "");
}

TEST_F(SqliteStoreTest, TermsAreThereAgainAndGo) {
  put({item(1, "Xen")});
  put({with_terms(edited(item(1, "Xen"), 9))});
  commit();
  open();
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(with_terms(edited(item(1, "Xen"), 9))));
  EXPECT_EQ(with_text("xen"), "1");
  put({edited(item(1, "Xen"), 10)});
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(edited(item(1, "Xen"), 10)));
}

TEST_F(SqliteStoreTest, TermsThatNoEditCanHaveMadeAreDamaged) {
  put({with_terms(edited(item(1, "Xen"), 9))});
  commit();
  // Terms of an item that was never edited, no MessagePack, no rule, and a window alone.
  for (const auto* row : {"edited = NULL", "terms = x'c1'", "terms = x'80'", "terms = x'81a677696e646f7701'"}) {
    run_sql(fmt::format("UPDATE items SET edited = 9; UPDATE items SET {}", row));
    open();
    EXPECT_THROW(store->items({}, kAny), std::runtime_error) << row;
  }
}

TEST_F(SqliteStoreTest, ARowThatNoEditCanHaveMadeIsDamaged) {
  put({item(1, "Xen")});
  commit();
  for (const auto* row : {"retired = 1", "edited = 3", "retired = 0, edited = 2"}) {
    run_sql(fmt::format("UPDATE items SET retired = NULL, edited = NULL; UPDATE items SET {}", row));
    open();
    EXPECT_THROW(store->items({}, kAny), std::runtime_error) << row;
  }
}

TEST_F(SqliteStoreTest, PlacesAreThereAgainAndGo) {
  put({spread(item(1, "Xen")), spread(edited(item(2, "other"), 9))});
  commit();
  open();
  EXPECT_THAT(store->items({}, kAny),
              testing::ElementsAre(spread(item(1, "Xen")), spread(edited(item(2, "other"), 9))));
  put({item(1, "Xen"), edited(item(2, "other"), 9)});
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(item(1, "Xen"), edited(item(2, "other"), 9)));
}

TEST_F(SqliteStoreTest, PlacesThatNoEventCanHaveMadeAreDamaged) {
  put({spread(item(1, "Xen"))});
  commit();
  // No MessagePack, no place, a place without pieces, and more pieces than the item has.
  for (const auto* bytes :
       {"c1", "90", "9182a5706c616365a161a670696563657300", "9182a5706c616365a161a6706965636573ce3b9aca00"}) {
    run_sql(fmt::format("UPDATE items SET places = x'{}'", bytes));
    open();
    EXPECT_THROW(store->items({}, kAny), std::runtime_error) << bytes;
  }
}

TEST_F(SqliteStoreTest, DetailsAreThereAgainAndGo) {
  const auto more = detailed(edited(item(1, "plain"), 9), {"maps"});
  put({more, detailed(item(2, "new"), {})});
  commit();
  open();
  EXPECT_THAT(store->items({}, kAny), testing::ElementsAre(more, detailed(item(2, "new"), {})));
  put({edited(item(1, "plain"), 10)});
  EXPECT_THAT(store->items({}, 1), testing::ElementsAre(edited(item(1, "plain"), 10)));
}

TEST_F(SqliteStoreTest, DetailsThatNoEventCanHaveMadeAreDamaged) {
  put({detailed(item(1, "plain"), {"maps"})});
  commit();
  // An empty text, and one with a control character; no MessagePack, an empty list and map, an empty topic and name.
  for (const auto* change :
       {"description = ''", "description = 'a' || char(7)", "topics = x'c1'", "topics = x'90'", "topics = x'91a0'",
        "attributes = x'c1'", "attributes = x'80'", "attributes = x'81a0a161'"}) {
    run_sql(fmt::format("CREATE TABLE kept AS SELECT * FROM items; UPDATE items SET {}", change));
    open();
    EXPECT_THROW(store->items({}, kAny), std::runtime_error) << change;
    run_sql("DELETE FROM items; INSERT INTO items SELECT * FROM kept; DROP TABLE kept");
  }
}

}  // namespace
}  // namespace catalog
