#include "catalog/sqlite_store.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <map>
#include <random>

#include "catalog/integrity.h"
#include "tests/catalog/items.h"

namespace {

using support::item;
using support::words;

constexpr std::uint32_t kAny = 100;

class SqliteStoreTest : public testing::Test {
 protected:
  void open() { store = std::make_unique<catalog::SqliteStore>(file); }
  void reopen() {
    store.reset();
    open();
  }
  void put(const std::vector<msg::Item>& items) {
    for (const auto& each : items) store->put_item(each);
  }
  void commit(std::uint64_t applied = 2) {
    store->commit({"store-a", base::Seq(applied), base::BlockNo(1), hash, 7}, 77);
  }
  std::string with_text(const std::string& text) { return words(store->search({.text = text}, kAny)); }
  std::string with_topic(const std::string& topic) { return words(store->search({.topic = topic}, kAny)); }
  std::string stored() {
    std::string all;
    store->each_item([&](const msg::Item& each) {
      all += fmt::format("{} {} {} {} {} {}\n", each.id, each.title, each.topic, each.price, each.stock, each.version);
    });
    return all;
  }
  // Why the file is refused, and nothing if it is not.
  std::string refusal() {
    try {
      store.reset();
      open();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  void run_sql(const std::string& sql) {
    store.reset();
    SQLite::Database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
  }

  support::TempDir directory;
  std::string file = directory.file("catalog.db");
  msg::Hash hash = msg::Hash(msg::kHashBytes, 'h');
  std::unique_ptr<catalog::SqliteStore> store = std::make_unique<catalog::SqliteStore>(file);
};

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

msg::Item with_terms(msg::Item item) {
  item.terms = msg::Terms{};
  item.terms->per_order = base::Quantity(2);
  item.terms->until = 1'700'000'000'000;
  return item;
}

msg::Item edited(msg::Item item, std::uint64_t seq, bool retired = false) {
  item.version = base::Seq(seq);
  item.edited = item.version;
  if (retired) item.retired = true;
  return item;
}

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
  EXPECT_EQ(catalog::fault_of_file(file), std::nullopt);
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

TEST_F(SqliteStoreTest, FindsTitlesByAllTheirWordsWithoutCaseAndAccents) {
  put({item(1, "Cooking for the Impatient Graduate Student"), item(2, "Cooking with Café au lait"),
       item(3, "Graduate")});
  EXPECT_EQ(with_text("cooking"), "1 2");
  EXPECT_EQ(with_text("COOKING graduate"), "1");
  EXPECT_EQ(with_text("graduate cooking"), "1");
  EXPECT_EQ(with_text("cafe"), "2");
  EXPECT_EQ(with_text("CAFÉ"), "2");
  EXPECT_EQ(with_text("cooking nothing"), "");
}

TEST_F(SqliteStoreTest, FindsWordsByTheirBeginning) {
  put({item(1, "Impatient"), item(2, "Implicit"), item(3, "Simple")});
  EXPECT_EQ(with_text("i"), "1 2");
  EXPECT_EQ(with_text("imp"), "1 2");
  EXPECT_EQ(with_text("impat"), "1");
  EXPECT_EQ(with_text("patient"), "");
}

TEST_F(SqliteStoreTest, TakesATopicWholeAndWithoutCase) {
  put({item(1, "a", "graduate school"), item(2, "b", "Graduate School"), item(3, "c", "graduate")});
  EXPECT_EQ(with_topic("GRADUATE school"), "1 2");
  EXPECT_EQ(with_topic("grad"), "");
  EXPECT_EQ(words(store->search({.topic = "graduate school", .text = "b"}, kAny)), "2");
}

TEST_F(SqliteStoreTest, ComparesEveryScriptWithoutCase) {
  put({item(1, "\u0412\u043e\u0439\u043d\u0430", "\u0392\u0399\u0392\u039b\u038a\u0391"),
       item(2, "Cafe\u0301", "\u00e9t\u00e9"), item(3, "Stra\u00dfe", "E\u0301TE\u0301")});
  EXPECT_EQ(store->find_title("\u0412\u041e\u0419\u041d\u0410"), base::ItemId(1));
  EXPECT_EQ(store->find_title("CAF\u00c9"), base::ItemId(2));
  EXPECT_EQ(store->find_title("cafe"), std::nullopt);
  EXPECT_EQ(store->find_title("STRASSE"), base::ItemId(3));
  EXPECT_EQ(with_topic("\u03b2\u03b9\u03b2\u03bb\u03af\u03b1"), "1");
  EXPECT_EQ(with_topic("\u00c9T\u00c9"), "2 3");
  EXPECT_EQ(words(store->search({.topic = "\u00c9t\u00e9", .text = "STRASSE"}, kAny)), "3");
}

TEST_F(SqliteStoreTest, FindsAWordInsideARunOfWordsWithoutSpaces) {
  put({item(1, "\u7814\u7a76\u751f\u547d\u79d1\u5b66\u306e\u5165\u9580"),  // research, life, science, introduction
       item(2, "\u751f\u79d1\u547d"), item(3, "iPhone\u624b\u673a\u58f3")});
  EXPECT_EQ(with_text("\u751f\u547d"), "1");
  EXPECT_EQ(with_text("\u9580"), "1");
  EXPECT_EQ(with_text("\u751f"), "1 2");
  EXPECT_EQ(with_text("\u547d\u79d1\u5b66"), "1");
  EXPECT_EQ(with_text("\u79d1\u5b66 \u7814\u7a76"), "1");
  EXPECT_EQ(with_text("\u547d\u751f"), "");
  EXPECT_EQ(with_text("phone"), "");
  EXPECT_EQ(with_text("IPHONE\u624b\u673a"), "3");
}

TEST_F(SqliteStoreTest, GivesPagesInTheOrderOfIds) {
  put({item(5, "e"), item(1, "a"), item(3, "c"), item(4, "d")});
  EXPECT_EQ(words(store->search({.topic = "books"}, 2)), "1 3");
  EXPECT_EQ(words(store->search({.topic = "books", .after = base::ItemId(3)}, 2)), "4 5");
  EXPECT_EQ(words(store->search({.after = base::ItemId(5)}, 2)), "");
  EXPECT_EQ(words(store->search({}, kAny)), "1 3 4 5");
}

TEST_F(SqliteStoreTest, FindsTheLeastIdOfATitle) {
  put({item(2, "Xen"), item(1, "XEN"), item(3, "Xen and more")});
  EXPECT_EQ(store->find_title("xen"), base::ItemId(1));
  EXPECT_EQ(store->find_title("xen "), std::nullopt);
}

TEST_F(SqliteStoreTest, TitlesWithOneHashAreToldApart) {
  put({item(1, "plain"), item(2, "other")});
  commit();
  run_sql("UPDATE names SET title = (SELECT title FROM names WHERE id = 2)");
  open();
  EXPECT_EQ(store->find_title("OTHER"), base::ItemId(2));
  EXPECT_EQ(store->find_title("plain"), std::nullopt);
}

// --- what users type ---

TEST_F(SqliteStoreTest, TakesNothingThatAUserTypesForSyntax) {
  put({item(1, "NOT a title OR NEAR one"), item(2, "C++ in 21 days: the \"best\" parts"), item(3, "plain")});
  EXPECT_EQ(with_text("not"), "1");
  EXPECT_EQ(with_text("plain OR title"), "");
  EXPECT_EQ(with_text("\"best\" parts"), "2");
  EXPECT_EQ(with_text("c++"), "2");
  EXPECT_EQ(with_text("title:x"), "");
  EXPECT_EQ(with_text("NEAR(one title, 2)"), "");
  for (const auto* odd : {"\"", "' OR 1=1 --", "a* b*", "^a", "-a", "{title}: a", "(", ")", "*", "a AND", "+ +"}) {
    EXPECT_NO_THROW(with_text(odd)) << odd;
  }
}

TEST_F(SqliteStoreTest, FindsNothingForATextWithoutAWord) {
  put({item(1, "plain")});
  for (const auto* empty : {"", " ", "...", "\"\"", "\xe2\x80\x94"}) EXPECT_EQ(with_text(empty), "") << empty;
}

TEST_F(SqliteStoreTest, FindsWordsJoinedByADashThatIsNotAscii) {
  put({item(1, "left\xe2\x80\x94right"), item(2, "left")});
  EXPECT_EQ(with_text("left\xe2\x80\x94ri"), "1");
  EXPECT_EQ(with_text("ri\xe2\x80\x94left"), "1");
  EXPECT_EQ(with_text("left \xe2\x80\x94"), "1 2");
}

// Each of these characters is four words, and a text may have 66 of them.
TEST_F(SqliteStoreTest, StandsATextOfManyWords) {
  put({item(1, "plain")});
  std::string text;
  while (text.size() + 3 <= msg::kTextBytesMax) text += "\ufdfa";
  EXPECT_NO_THROW(with_text(text));
  text.clear();
  for (char32_t letter = U'\u4e00'; text.size() + 4 <= msg::kTextBytesMax; ++letter) {
    text += {static_cast<char>(0xe4), static_cast<char>(0xb8 | (letter >> 6 & 1)),
             static_cast<char>(0x80 | (letter & 0x3f)), ' '};
  }
  EXPECT_NO_THROW(with_text(text));
  text.clear();
  for (char letter = 'a'; text.size() + 2 <= msg::kTextBytesMax; ++letter) text += {letter > 'z' ? 'z' : letter, ' '};
  EXPECT_NO_THROW(with_text(text));
}

TEST_F(SqliteStoreTest, StandsAnyBytes) {
  put({item(1, "plain")});
  base::Random random(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (auto size = random.below(20); size > 0; --size) text += static_cast<char>(random.below(256));
    ASSERT_NO_THROW(with_text(text)) << testing::PrintToString(text);
    ASSERT_NO_THROW(store->find_title(text));
    ASSERT_NO_THROW(with_topic(text));
  }
}

TEST_F(SqliteStoreTest, ComparesNumbersThatSqliteCannotHold) {
  put({item(1, "plain")});
  EXPECT_EQ(words(store->search({.after = base::ItemId(UINT64_MAX)}, kAny)), "");
}

// --- the error paths ---

TEST_F(SqliteStoreTest, RefusesAFileThatIsNotADatabase) {
  store.reset();
  std::filesystem::remove(file);
  std::ofstream(file) << std::string(10'000, 'x');
  EXPECT_THAT(refusal(), testing::HasSubstr("is not a database"));
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

TEST_F(SqliteStoreTest, RefusesADatabaseOfAnotherProgram) {
  run_sql("PRAGMA application_id = 77");
  EXPECT_THAT(refusal(), testing::HasSubstr("of another program"));
}

TEST_F(SqliteStoreTest, RefusesADatabaseWithTablesAndNoMark) {
  file = directory.file("other.db");
  run_sql("CREATE TABLE theirs(a)");
  EXPECT_THAT(refusal(), testing::HasSubstr("of another program"));
}

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

// If FTS5 of SQLite 3.40 has collected removals and is searched, it spoils its index with the next changes.
TEST_F(SqliteStoreTest, ItemsMayBeSearchedForBetweenTheirEdits) {
  const std::array<std::string, 6> names{"alpha", "beta", "gamma", "delta", "eps", "zeta"};
  std::minstd_rand dice(7);
  std::map<std::uint64_t, msg::Item> items;
  const auto title_of = [&](std::uint64_t seq) {
    return fmt::format("{} {} {}", names[dice() % 6], names[dice() % 6], seq);
  };
  for (std::uint64_t seq = 3; seq < 5000; ++seq) {
    const auto id = items.size() < 12 || dice() % 6 == 0 ? items.size() + 1 : dice() % 12 + 1;
    auto& each = items.try_emplace(id, item(id, title_of(seq))).first->second;
    if (id < items.size()) each = edited(item(id, dice() % 2 == 0 ? each.title : title_of(seq)), seq, dice() % 2 == 0);
    store->put_item(each);
    const auto& name = names[dice() % 6];
    if (dice() % 4 != 0) continue;
    std::vector<base::ItemId> with_name;
    for (const auto& [no, other] : items) {
      if (!msg::is_retired(other) && other.title.find(name) != std::string::npos) with_name.emplace_back(no);
    }
    ASSERT_EQ(words(store->search({.text = name}, 5000)), words(with_name)) << "seq " << seq;
  }
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

msg::Item spread(msg::Item item) {
  item.places = msg::Places{{"annex", base::Quantity(1)}, {"north", base::Quantity(2)}};
  return item;
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

msg::Item detailed(msg::Item item, msg::Topics topics) {
  item.description = "A first line\nand another";
  if (!topics.empty()) item.topics = std::move(topics);
  item.attributes = msg::Attributes{{"colour", "red"}, {"pages", ""}};
  if (item.edited) item.low = base::Quantity(3);
  item.told_low = item.low.has_value();
  return item;
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

TEST_F(SqliteStoreTest, AnItemIsFoundByEachOfItsTopicsOnce) {
  put({detailed(item(1, "Xen"), {"maps", "MAPS", "Books", "\u00c9cole"}), item(2, "Xen two", "maps")});
  commit();
  EXPECT_EQ(with_topic("maps"), "1 2");
  EXPECT_EQ(with_topic("books"), "1");
  EXPECT_EQ(with_topic("\u00e9cole"), "1");
  EXPECT_EQ(words(store->search({.topic = "maps", .text = "two"}, kAny)), "2");
  EXPECT_EQ(words(store->search({.topic = "\u00e9cole", .text = "xen"}, kAny)), "1");
  EXPECT_EQ(words(store->search({.topic = "maps", .after = base::ItemId(1)}, kAny)), "2");
  EXPECT_EQ(words(store->search({.topic = "maps"}, 1)), "1");
  put({detailed(edited(item(1, "Xen"), 9), {"travel"})});
  EXPECT_EQ(with_topic("maps"), "2");
  EXPECT_EQ(with_topic("travel"), "1");
  commit();
  open();
  EXPECT_EQ(with_topic("maps") + ", " + with_topic("travel"), "2, 1");
  auto retired = detailed(edited(item(1, "Xen"), 10), {"travel"});
  retired.retired = true;
  put({retired});
  EXPECT_EQ(with_topic("travel"), "");
}

TEST_F(SqliteStoreTest, TopicsInFormsOfOtherRulesAreMadeAnew) {
  put({detailed(item(1, "plain"), {"\u00c9cole"})});
  commit();
  run_sql("UPDATE derived SET rules = 'ICU 1'; UPDATE more_topics SET topic = 'y'");
  open();
  EXPECT_EQ(with_topic("\u00e9COLE"), "1");
  EXPECT_EQ(with_topic("y"), "");
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

TEST_F(SqliteStoreTest, RefusesANewerFormatAndNamesBoth) {
  run_sql("PRAGMA user_version = 99");
  const auto why = refusal();
  EXPECT_THAT(why, testing::AllOf(testing::HasSubstr(file), testing::HasSubstr("format 99"),
                                  testing::HasSubstr(fmt::format("knows {}", catalog::SqliteStore::format()))));
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
