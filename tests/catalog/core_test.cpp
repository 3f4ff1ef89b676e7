#include "catalog/core.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "catalog/sqlite_store.h"
#include "ledger/items.h"
#include "msg/requests.h"
#include "tests/catalog/items.h"
#include "tests/support/blocks.h"

namespace {

using support::at;

msg::Event added(const std::vector<msg::Item>& items) {
  msg::ItemsAdded all{.key = "add", .items = {}};
  for (const auto& each : items) all.items.push_back({each.id, each.title, each.topic, each.price, each.stock});
  return {1, all};
}

// Replies as words: "1 'Xen' 1000 x5 v2 @2", or the refusal's word and its seq.
class CatalogTest : public testing::Test {
 protected:
  CatalogTest() { start(); }

  void start() {
    core.reset();
    store = std::make_unique<catalog::SqliteStore>(directory.file("catalog.db"));
    core =
        std::make_unique<catalog::Core>(catalog::Config{.replica = {.identity = {.instance = "catalog-1"},
                                                                    .brokers = {support::kBroker},
                                                                    .pace = {.counters = {}}}},  // in every heartbeat
                                        *store);
  }
  void crash_and_start() {
    core.reset();
    store.reset();
    start();
  }
  void happens(const std::vector<msg::Event>& events) { publish(stream.block(events)); }
  void publish(const base::Bytes& block, int ms = 0) {
    base::Outbox out;
    core->on_published(msg::kBlockTopic, block, {at(ms), out});
    ASSERT_FALSE(out.stopped()) << *out.stopped();
  }
  void given(const std::vector<msg::Item>& items) {
    publish(stream[1]);
    happens({added(items)});
  }
  void tick(int ms) {
    base::Outbox out;
    core->on_tick({at(ms), out});
  }

  template <class Query>
  std::string ask(const Query& query, msg::Header header = {}) {
    base::Bytes frame;
    header.id = 7;
    msg::append_request(frame, header, query);
    return ask_frame<typename Query::Reply>(frame);
  }
  template <class Reply>
  std::string ask_frame(const base::Bytes& frame) {
    base::Outbox out;
    core->on_request(client, frame, {at(0), out});
    std::string all;
    for (const auto& message : support::messages(out.replies()[client])) {
      EXPECT_EQ(message.header.id, 7U);
      spans = message.header.spans;
      version = message.header.v;
      all += message.header.err ? refusal(message) : answer(msg::decode<Reply>(message.body).value());
      all += fmt::format("@{}", message.header.seq.value());
    }
    return all;
  }
  std::string refusal(const msg::Message& message) {
    why = msg::decode_refusal(message).value().message;
    return *message.header.err + " ";
  }
  static std::string answer(const msg::ItemReply& reply) {
    const auto& item = reply.item;
    return fmt::format("{} '{}' {} x{} v{} ", item.id, item.title, item.price, item.stock, item.version);
  }
  static std::string answer(const msg::ItemsReply& reply) {
    std::string all;
    for (const auto& item : reply.items) all += fmt::format("{} x{}, ", item.id, item.stock);
    return all + (reply.next ? fmt::format("next {} ", *reply.next) : "");
  }
  static std::string answer(const msg::OrderReply&) { return "an order "; }
  std::string lookup(std::uint64_t id) { return ask(msg::Lookup{.item = base::ItemId(id)}); }
  std::string lookup(const std::string& title) { return ask(msg::Lookup{.title = title}); }

  support::TempDir directory;
  support::Stream stream;
  base::ClientId client{"c1", false};
  std::unique_ptr<catalog::SqliteStore> store;
  std::unique_ptr<catalog::Core> core;
  std::optional<std::vector<msg::Span>> spans;
  std::uint32_t version = 0;
  std::string why;
};

TEST_F(CatalogTest, NoticesThatItsFileIsGoneAlsoWhileNothingHappens) {
  given({{base::ItemId(1), "a", "t", base::Cents(1), base::Quantity(1), {}}});
  tick(500);
  std::filesystem::remove(directory.file("catalog.db"));
  tick(501);  // it looked less than a second ago
  EXPECT_THROW(tick(1500), std::runtime_error);
}

TEST_F(CatalogTest, LooksAnItemUpAndRevealsTheEventThatTouchedItLast) {
  given({support::item(1, "Xen"), support::item(2, "Spring")});
  happens({support::stock_moved(2, -1, 4)});
  EXPECT_EQ(lookup(1), "1 'Xen' 1000 x5 v2 @2");
  EXPECT_EQ(lookup(2), "2 'Spring' 1000 x4 v3 @3");
}

TEST_F(CatalogTest, RevealsAllThatIsAppliedWhenThereIsNoSuchItem) {
  given({support::item(1, "Xen")});
  happens({support::stock_moved(1, -1, 4)});
  EXPECT_EQ(lookup(9), "unknown_item @3");
  EXPECT_EQ(lookup("nothing"), "unknown_item @3");
}

TEST_F(CatalogTest, LooksUpByTitleAndRevealsAllThatIsApplied) {
  given({support::item(1, "Xen"), support::item(2, "Spring")});
  happens({support::stock_moved(2, -1, 4)});
  EXPECT_EQ(lookup("xen"), "1 'Xen' 1000 x5 v2 @3");
}

TEST_F(CatalogTest, SearchesWithThePriceAndStockOfNow) {
  given({support::item(1, "Xen", "systems"), support::item(2, "Spring", "school")});
  happens({support::stock_moved(1, 10, 15)});
  EXPECT_EQ(ask(msg::Search{.topic = "Systems"}), "1 x15, @3");
  EXPECT_EQ(ask(msg::Search{.text = "spr"}), "2 x5, @3");
  EXPECT_EQ(ask(msg::Search{}), "1 x15, 2 x5, @3");
}

TEST_F(CatalogTest, FindsANewItemAtOnce) {
  given({support::item(1, "Xen")});
  EXPECT_EQ(ask(msg::Search{.text = "valley"}), "@2");
  happens({added({support::item(2, "Valley")}), support::stock_moved(2, 1, 6)});
  EXPECT_EQ(ask(msg::Search{.text = "valley"}), "2 x6, @4");
  EXPECT_EQ(lookup("valley"), "2 'Valley' 1000 x6 v4 @4");
}

msg::Event edit(std::uint64_t id, std::optional<std::string> title, std::optional<bool> retired = {}) {
  return {0, msg::ItemEdited{.key = "k", .item = base::ItemId(id), .title = std::move(title), .retired = retired}};
}

TEST_F(CatalogTest, FindsAnEditedItemAtOnceByItsNewTitleAlone) {
  given({support::item(1, "Xen"), support::item(2, "Spring")});
  happens({edit(1, "Spring again"), support::stock_moved(1, 1, 6)});
  EXPECT_EQ(ask(msg::Search{.text = "xen"}), "@4");
  EXPECT_EQ(lookup("xen"), "unknown_item @4");
  EXPECT_EQ(ask(msg::Search{.text = "spring"}), "1 x6, 2 x5, @4");
  EXPECT_EQ(lookup("spring again"), "1 'Spring again' 1000 x6 v4 @4");
  tick(300);
  crash_and_start();
  EXPECT_EQ(lookup("spring again"), "1 'Spring again' 1000 x6 v4 @4");
}

TEST_F(CatalogTest, ARetiredItemIsShownByItsIdAlone) {
  given({support::item(1, "Xen"), support::item(2, "Xen"), support::item(3, "Spring")});
  happens({edit(1, {}, true)});
  EXPECT_EQ(lookup(1), "1 'Xen' 1000 x5 v3 @3");
  EXPECT_EQ(lookup("xen"), "2 'Xen' 1000 x5 v2 @3");
  EXPECT_EQ(ask(msg::Search{.text = "xen"}), "2 x5, @3");
  EXPECT_EQ(ask(msg::Search{.topic = "books"}), "2 x5, 3 x5, @3");
  EXPECT_EQ(ask(msg::Search{.limit = 1}), "2 x5, next 2 @3");
  EXPECT_EQ(ask(msg::Search{.limit = 2, .retired = true}), "1 x5, 2 x5, next 2 @3");
  EXPECT_EQ(ask(msg::Search{.topic = "books", .retired = true}), "invalid @3");
  happens({edit(1, {}, false)});
  EXPECT_EQ(ask(msg::Search{.text = "xen"}), "1 x5, 2 x5, @4");
}

TEST_F(CatalogTest, APageOfItemsWithManyPlacesEndsEarly) {
  ledger::Items items;
  for (std::uint64_t id = 1; id <= 130; ++id) {
    auto item = support::item(id, "Xen", "books", msg::kPlacesMax);
    item.places.emplace();
    for (std::size_t i = 0; i < msg::kPlacesMax; ++i) {
      item.places->push_back({fmt::format("p{:02}", i), base::Quantity(1)});
    }
    items.put(item);
    store->put_item(item);
  }
  store->commit({"store-1", base::Seq(2), base::BlockNo(1), std::string(32, '\7'), 99}, items.digest());
  crash_and_start();
  EXPECT_THAT(ask(msg::Search{.limit = 1000}), testing::EndsWith("126 x64, next 126 @2"));
  EXPECT_EQ(ask(msg::Search{.after = base::ItemId(128), .limit = 1000}), "129 x64, 130 x64, @2");
}

TEST_F(CatalogTest, APageOfItemsWithLongDescriptionsEndsEarly) {
  ledger::Items items;
  for (std::uint64_t id = 1; id <= 130; ++id) {
    auto item = support::item(id, "Xen", "books");
    item.description = std::string(msg::kDescriptionBytesMax, 'd');
    items.put(item);
    store->put_item(item);
  }
  store->commit({"store-1", base::Seq(2), base::BlockNo(1), std::string(32, '\7'), 99}, items.digest());
  crash_and_start();
  EXPECT_THAT(ask(msg::Search{.limit = 1000}), testing::EndsWith("128 x5, next 128 @2"));
  EXPECT_EQ(ask(msg::Search{.topic = "books", .after = base::ItemId(128), .limit = 1000}), "129 x5, 130 x5, @2");
}

TEST_F(CatalogTest, AnItemIsFoundByAFurtherTopicAtOnce) {
  given({support::item(1, "Xen"), support::item(2, "Spring")});
  happens({{0, msg::ItemEdited{
                   .key = "k", .item = base::ItemId(1), .topics = msg::Topics{"Maps"}, .topics_was = msg::Topics{}}}});
  EXPECT_EQ(ask(msg::Search{.topic = "maps"}), "1 x5, @3");
  EXPECT_EQ(ask(msg::Search{.topic = "books"}), "1 x5, 2 x5, @3");
}

TEST_F(CatalogTest, ListsTheItemsOfWhichTheStreamHasToldThatTheyAreLow) {
  given({support::item(1, "a"), support::item(2, "b"), support::item(3, "c")});
  const auto threshold = [](std::uint64_t id) {
    return msg::Event{0, msg::ItemEdited{.key = "k", .item = base::ItemId(id), .low = base::Quantity(5)}};
  };
  const auto low = [](std::uint64_t id) {
    return msg::Event{0, msg::StockLow{base::ItemId(id), base::Quantity(5), base::Quantity(5)}};
  };
  happens({threshold(1)});
  EXPECT_EQ(ask(msg::Search{.low = true}), "@3") << "the stream has not told it yet";
  happens({low(1)});
  happens({threshold(3)});
  happens({low(3)});
  EXPECT_EQ(ask(msg::Search{.low = true}), "1 x5, 3 x5, @6");
  EXPECT_EQ(ask(msg::Search{.limit = 1, .low = true}), "1 x5, next 1 @6");
  EXPECT_EQ(ask(msg::Search{.after = base::ItemId(1), .low = true}), "3 x5, @6");
  EXPECT_EQ(lookup(1), "1 'a' 1000 x5 v3 @3") << "its version stays";
  EXPECT_EQ(ask(msg::Search{.topic = "books", .low = true}), "invalid @6");
  tick(300);
  crash_and_start();
  EXPECT_EQ(ask(msg::Search{.low = true}), "1 x5, 3 x5, @6");
}

TEST_F(CatalogTest, SaysWhereTheNextPageBegins) {
  given({support::item(1, "a"), support::item(3, "b"), support::item(5, "c")});
  const auto page = [&](std::optional<std::string> topic, std::uint64_t after) {
    return ask(msg::Search{.topic = topic, .after = base::ItemId(after), .limit = 2});
  };
  for (const auto& topic : {std::optional<std::string>(), std::optional<std::string>("books")}) {
    EXPECT_EQ(page(topic, 0), "1 x5, 3 x5, next 3 @2");
    EXPECT_EQ(page(topic, 3), "5 x5, @2");
    EXPECT_EQ(page(topic, 1), "3 x5, 5 x5, @2");
    EXPECT_EQ(page(topic, 5), "@2");
  }
}

TEST_F(CatalogTest, TellsItsTimeWhenAskedTo) {
  given({support::item(1, "Xen")});
  lookup(1);
  EXPECT_FALSE(spans);
  ask(msg::Lookup{.item = base::ItemId(1)}, {.trace = true});
  ASSERT_TRUE(spans);
  EXPECT_EQ(spans->at(0).tier, "catalog");
}

// --- the view and its store ---

TEST_F(CatalogTest, GoesOnAfterARestartWhereItsStoreEnds) {
  given({support::item(1, "Xen"), support::item(2, "Spring")});
  happens({support::stock_moved(1, -2, 3)});
  tick(300);
  const auto digest = core->digest();
  happens({support::stock_moved(2, -5, 0)});
  crash_and_start();
  EXPECT_EQ(core->position().applied, base::Seq(3));
  EXPECT_EQ(core->digest(), digest);
  EXPECT_EQ(lookup(2), "2 'Spring' 1000 x5 v2 @2");
  publish(stream[4]);
  EXPECT_EQ(lookup(2), "2 'Spring' 1000 x0 v4 @4");
}

TEST_F(CatalogTest, CommitsItsStoreAtItsIntervalAndNotMoreOften) {
  given({support::item(1, "Xen")});
  tick(1000);
  EXPECT_EQ(store->position().applied, base::Seq(2));
  happens({support::stock_moved(1, 1, 6)});
  tick(1100);
  EXPECT_EQ(store->position().applied, base::Seq(2));
  tick(1200);
  EXPECT_EQ(store->position().applied, base::Seq(3));
}

TEST_F(CatalogTest, CommitsItsStoreBeforeItStops) {
  given({support::item(1, "Xen")});
  happens({support::stock_moved(1, 1, 6)});
  base::Outbox out;
  core->on_stop({at(10), out});
  EXPECT_EQ(out.stopped(), "");
  EXPECT_EQ(core->state(), msg::State::kDraining);
  crash_and_start();
  EXPECT_EQ(lookup(1), "1 'Xen' 1000 x6 v3 @3");
}

TEST_F(CatalogTest, CommitsItsStoreWithoutATickWhenMuchHasHappened) {
  given({support::item(1, "Xen")});
  for (std::int64_t block = 0; block < 9; ++block) {
    std::vector<msg::Event> moves;
    for (std::int64_t move = 1; move <= 500; ++move)
      moves.push_back(support::stock_moved(1, 1, 5 + 500 * block + move));
    happens(moves);
  }
  EXPECT_EQ(store->position().applied, base::Seq(4502));
}

TEST_F(CatalogTest, DigestsTheItemsOfARoundSeqAndNoLater) {
  given({support::item(1, "Xen", "books", 0)});
  std::vector<msg::Event> moves;
  ledger::Items expected;
  expected.evolve(added({support::item(1, "Xen", "books", 0)}), base::Seq(2));
  for (std::int64_t stock = 1; stock <= 300; ++stock) {
    moves.push_back(support::stock_moved(1, 1, stock));
    if (const base::Seq seq(static_cast<std::uint64_t>(stock + 2)); seq.value() <= msg::kDigestEvery) {
      expected.evolve(moves.back(), seq);
    }
  }
  happens(moves);
  base::Outbox out;
  core->on_tick({at(0), out});
  const auto beat = msg::decode<msg::Heartbeat>(out.publications().at(0).payload).value();
  EXPECT_EQ(beat.round_digest, (msg::DigestAt{base::Seq(256), expected.digest(), 0}));
  EXPECT_EQ(beat.digest->seq, base::Seq(302));
  EXPECT_NE(beat.digest->items, expected.digest());
}

// --- the error paths ---

TEST_F(CatalogTest, CountsItsRefusalsByTheirCodes) {
  given({support::item(1, "Xen")});
  EXPECT_EQ(lookup(9), "unknown_item @2");
  EXPECT_EQ(lookup("nothing"), "unknown_item @2");
  EXPECT_EQ(ask(msg::Lookup{}), "invalid @2");
  base::Outbox out;
  core->on_tick({at(0), out});
  const auto beat = msg::decode<msg::Heartbeat>(out.publications().at(0).payload).value();
  std::map<std::string, std::uint64_t> counted;
  for (const auto& counter : beat.counters) counted[counter.name] = counter.value;
  EXPECT_EQ(counted["refused_unknown_item"], 2U);
  EXPECT_EQ(counted["refused_invalid"], 1U);
}

TEST_F(CatalogTest, RefusesALookupOfBothOrNeither) {
  given({support::item(1, "Xen")});
  EXPECT_EQ(ask(msg::Lookup{}), "invalid @2");
  EXPECT_EQ(ask(msg::Lookup{.item = base::ItemId(0)}), "invalid @2");
  EXPECT_EQ(ask(msg::Lookup{.item = base::ItemId(1), .title = "Xen"}), "invalid @2");
  EXPECT_EQ(why, "a lookup names either an item or a title");
}

TEST_F(CatalogTest, RefusesASearchOutsideTheLimits) {
  given({support::item(1, "Xen")});
  EXPECT_EQ(ask(msg::Search{.limit = 0}), "invalid @2");
  EXPECT_EQ(ask(msg::Search{.limit = msg::kPageMax + 1}), "invalid @2");
  EXPECT_EQ(ask(msg::Search{.limit = msg::kPageMax}), "1 x5, @2");
  EXPECT_EQ(ask(msg::Search{.text = std::string(msg::kTextBytesMax + 1, 'x')}), "invalid @2");
  EXPECT_EQ(ask(msg::Search{.text = std::string(msg::kTextBytesMax, 'x')}), "@2");
}

// The next release is linked here (tests/versions): it understands 1 and 2 and says 1.
TEST_F(CatalogTest, AnswersAndRefusesInTheVersionInWhichItIsAsked) {
  given({support::item(1, "Xen")});
  for (const std::uint64_t item : {1U, 2U}) {
    base::Bytes frame;
    msg::append_request(frame, {.v = 2, .id = 7}, msg::Lookup{base::ItemId(item), {}});
    ask_frame<msg::ItemReply>(frame);
    EXPECT_EQ(version, 2U);
  }
}

TEST_F(CatalogTest, RefusesATypeAndABodyThatItDoesNotKnow) {
  given({support::item(1, "Xen")});
  EXPECT_EQ(ask(msg::GetOrder{base::OrderNo(1)}), "unknown_type @2");
  base::Bytes frame;
  msg::append_message(frame, {.t = "lookup", .id = 7}, "\x81\xa4item\xa3one");
  EXPECT_EQ(ask_frame<msg::ItemReply>(frame), "malformed @2");
  EXPECT_EQ(why, "lookup: item: expected an integer");
}

// --- rows that are lost behind its back (ADR 20) ---

class LostItemTest : public CatalogTest {
 protected:
  LostItemTest() {
    given({support::item(1, "Xen"), support::item(2, "Spring"), support::item(3, "Zen")});
    tick(500);
  }
  void damage(const std::string& statement) {
    SQLite::Database(directory.file("catalog.db"), SQLite::OPEN_READWRITE, 1000).exec(statement);
  }
  void pass() {
    for (int ms = 510; ms <= 2000; ms += 10) tick(ms);
  }
};

TEST_F(LostItemTest, ASoundViewIsGoneOverAgainAndAgain) {
  pass();
  EXPECT_EQ(core->diverged(), std::nullopt);
  EXPECT_GE(core->passes(), 2U);
  EXPECT_EQ(lookup(2), "2 'Spring' 1000 x5 v2 @2");
}

TEST_F(LostItemTest, AnItemThatIsLostInTheFileIsFoundByThePass) {
  damage("DELETE FROM items WHERE id = 2");
  pass();
  EXPECT_EQ(core->diverged(), "items: item 2 is not there");
  EXPECT_EQ(lookup(1), "");
  EXPECT_EQ(core->state(), msg::State::kDraining);
  crash_and_start();
  EXPECT_EQ(core->diverged(), "items: item 2 is not there");
}

TEST_F(LostItemTest, AnItemThatWasLostBeforeTheStartIsFoundByTheDigest) {
  core.reset();
  store.reset();
  damage("UPDATE items SET price = price + 1 WHERE id = 3");
  start();
  ASSERT_TRUE(core->diverged());
  EXPECT_NE(core->diverged()->find("items: the digest of the 3 rows at seq 2 is"), std::string::npos);
  EXPECT_EQ(lookup(1), "");
}

TEST_F(LostItemTest, ASnapshotWithAHoleIsNotSound) {
  core.reset();
  EXPECT_EQ(catalog::fault_of(*store), std::nullopt);
  store.reset();
  damage("DELETE FROM items WHERE id = 2");
  store = std::make_unique<catalog::SqliteStore>(directory.file("catalog.db"));
  EXPECT_TRUE(catalog::fault_of(*store));
}

}  // namespace
