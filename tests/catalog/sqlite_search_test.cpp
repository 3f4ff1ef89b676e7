// Searches of the catalog: by words of titles, by topics, and with all that users type.
#include "catalog/sqlite_store.h"

#include <array>
#include <map>
#include <random>

#include "tests/catalog/sqlite_store_fixture.h"

namespace catalog {
namespace {

using support::item;
using support::words;

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

}  // namespace
}  // namespace catalog
