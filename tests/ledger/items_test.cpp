#include "ledger/items.h"

#include <set>

#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using base::Cents;
using base::ItemId;
using base::Quantity;
using base::Seq;

class ItemsTest : public ::testing::Test {
 protected:
  ItemsTest() { items.put({ItemId(1), "one", "t", Cents(100), Quantity(5), Seq(1)}); }

  static msg::Event moved(std::int64_t delta, std::int64_t stock) {
    return {0, msg::StockMoved{"k", 0, ItemId(1), Quantity(delta), Quantity(stock), ""}};
  }
  static msg::Event placed(std::vector<msg::OrderLine> lines, std::int64_t total) {
    return {0, msg::OrderPlaced{"k", 0, base::OrderNo(1), msg::OrderType::kBuy, "", std::move(lines), Cents(total)}};
  }
  static msg::OrderLine taken(std::int64_t quantity, std::int64_t stock, std::int64_t cents = 100) {
    return {ItemId(1), Quantity(quantity), Cents(cents), Quantity(stock)};
  }

  Items items;
};

TEST_F(ItemsTest, AnEventMovesTheVersionToItsSeq) {
  items.evolve(moved(2, 7), Seq(4));
  EXPECT_EQ(items.find(ItemId(1))->stock, Quantity(7));
  EXPECT_EQ(items.find(ItemId(1))->version, Seq(4));
}

TEST_F(ItemsTest, AnOrderTakesEachOfItsLines) {
  items.evolve(placed({taken(1, 4), taken(2, 2)}, 300), Seq(2));
  EXPECT_EQ(items.find(ItemId(1))->stock, Quantity(2));
}

TEST_F(ItemsTest, EventsAboutOtherThingsChangeNothing) {
  const auto before = items.digest();
  items.evolve({0, msg::KeyVoided{"k"}}, Seq(9));
  items.evolve({0, msg::WriterAppointed{"order-1", base::Incarnation(1)}}, Seq(10));
  EXPECT_EQ(items.digest(), before);
}

TEST_F(ItemsTest, DigestDoesNotDependOnTheOrderOfLoading) {
  const msg::Item two{ItemId(2), "two", "t", Cents(1), Quantity(1), Seq(1)};
  items.put(two);
  Items others;
  others.put(two);
  others.put(*items.find(ItemId(1)));
  EXPECT_EQ(items.digest(), others.digest());
  EXPECT_EQ(Items().digest(), 0U);
}

TEST_F(ItemsTest, DigestDependsOnEveryField) {
  const auto item = *items.find(ItemId(1));
  const auto digest = [](auto change, msg::Item changed) {
    change(changed);
    Items only;
    only.put(changed);
    return only.digest();
  };
  std::set<std::uint64_t> digests;
  digests.insert(digest([](auto&) {}, item));
  digests.insert(digest([](auto& i) { i.id = ItemId(2); }, item));
  digests.insert(digest([](auto& i) { i.title = "uno"; }, item));
  digests.insert(digest([](auto& i) { i.topic = "u"; }, item));
  digests.insert(digest([](auto& i) { std::swap(i.title, i.topic); }, item));
  digests.insert(digest([](auto& i) { i.price = Cents(101); }, item));
  digests.insert(digest([](auto& i) { i.stock = Quantity(6); }, item));
  digests.insert(digest([](auto& i) { i.version = Seq(2); }, item));
  digests.insert(digest([](auto& i) { i.description = "a"; }, item));
  digests.insert(digest([](auto& i) { i.topics = msg::Topics{"a"}; }, item));
  digests.insert(digest([](auto& i) { i.topics = msg::Topics{"a", "b"}; }, item));
  digests.insert(digest([](auto& i) { i.attributes = msg::Attributes{{"a", "b"}}; }, item));
  digests.insert(digest([](auto& i) { i.attributes = msg::Attributes{{"b", "a"}}; }, item));
  EXPECT_EQ(digests.size(), 13U);
}

// Views store the sum of these values, so every release must compute the same ones.
TEST_F(ItemsTest, DigestIsAStoredFormat) { EXPECT_EQ(items.digest(), 0x902924a7f6816785); }

TEST_F(ItemsTest, DigestKeptUpToDateIsThatOfALoadedView) {
  items.evolve(moved(2, 7), Seq(4));
  items.evolve(placed({taken(3, 4)}, 300), Seq(5));
  Items loaded;
  items.each([&](const msg::Item& item) { loaded.put(item); });
  EXPECT_EQ(loaded.digest(), items.digest());
}

TEST_F(ItemsTest, WalksAscending) {
  for (const std::uint64_t id : {30U, 20U}) items.put({ItemId(id), "x", "t", Cents(1), Quantity(1), Seq(1)});
  std::vector<std::uint64_t> ids;
  items.each_after(ItemId(1), [&](const msg::Item& item) {
    ids.push_back(item.id.value());
    return true;
  });
  EXPECT_EQ(ids, (std::vector<std::uint64_t>{20, 30}));
  EXPECT_EQ(items.next_free_id(), ItemId(31));
}

TEST_F(ItemsTest, TheLeastFreeIdFollowsTheIdsWithoutAGap) {
  Items some;
  const auto put = [&](std::uint64_t id) {
    some.put({ItemId(id), "x", "t", Cents(1), Quantity(1), Seq(1)});
    return some.least_free_id().value();
  };
  EXPECT_EQ(some.least_free_id(), ItemId(1));
  EXPECT_EQ(put(2), 1U);
  EXPECT_EQ(put(4), 1U);
  EXPECT_EQ(put(1), 3U);
  EXPECT_EQ(put(1), 3U);
  EXPECT_EQ(put(3), 5U);
}

TEST_F(ItemsTest, CancelledPiecesGoIntoTheStockUnlessTheyAreScrapped) {
  msg::OrderCancelled cancelled{.key = "c", .no = base::OrderNo(1), .lines = {taken(2, 7, 99)}};
  items.evolve({0, cancelled}, Seq(3));
  EXPECT_EQ(items.find(ItemId(1))->stock, Quantity(7)) << "at whatever price it was bought";
  EXPECT_EQ(items.find(ItemId(1))->version, Seq(3));
  cancelled.kind = msg::CancelKind::kScrap;
  items.evolve({0, cancelled}, Seq(4));
  EXPECT_EQ(items.find(ItemId(1))->stock, Quantity(7));
}

// All ways in which an event can contradict the view.

msg::Event held(std::int64_t quantity, std::int64_t left, std::int64_t cents = 100) {
  return {0, msg::HoldPlaced{
                 "k", 0, base::HoldNo(1), "", {{ItemId(1), Quantity(quantity), Cents(cents), Quantity(left)}}, 9, {}}};
}
msg::Event let_go(std::int64_t quantity, std::int64_t left) {
  return {
      0, msg::HoldEnded{{}, 0, base::HoldNo(1), "", {{ItemId(1), Quantity(quantity), Cents(100), Quantity(left)}}, {}}};
}
msg::Event confirmed(std::int64_t quantity, std::int64_t stock, std::int64_t cents = 100) {
  return {0, msg::HoldConfirmed{"k",
                                0,
                                base::HoldNo(1),
                                base::OrderNo(1),
                                "",
                                {{ItemId(1), Quantity(quantity), Cents(cents), Quantity(stock)}},
                                Cents(quantity * cents),
                                {{ItemId(1), Quantity(3), Cents(cents), Quantity(0)}},
                                {}}};
}

TEST_F(ItemsTest, AHoldLeavesTheStockAndItsEndLeavesNoTrace) {
  const auto before = *items.find(ItemId(1));
  const auto digest = items.digest();
  items.evolve(held(3, 3), Seq(2));
  EXPECT_EQ(items.find(ItemId(1))->held, Quantity(3));
  EXPECT_EQ(items.find(ItemId(1))->stock, Quantity(5));
  EXPECT_EQ(items.find(ItemId(1))->version, Seq(2));
  EXPECT_NE(items.digest(), digest);
  items.evolve(let_go(3, 0), Seq(3));
  EXPECT_FALSE(items.find(ItemId(1))->held);
  auto again = before;
  again.version = Seq(3);
  Items fresh;
  fresh.put(again);
  EXPECT_EQ(items.digest(), fresh.digest());
}

TEST_F(ItemsTest, AConfirmationTakesThePiecesAtThePriceOfTheHold) {
  items.evolve(held(3, 3), Seq(2));
  items.evolve({0, msg::PriceChanged{"k", 0, ItemId(1), Cents(200), Cents(100), {}}}, Seq(3));
  items.evolve(confirmed(2, 3), Seq(4));
  EXPECT_EQ(items.find(ItemId(1))->stock, Quantity(3));
  EXPECT_FALSE(items.find(ItemId(1))->held);
  EXPECT_EQ(items.find(ItemId(1))->version, Seq(4));
}

msg::Event edited(std::optional<std::string> title, std::optional<std::string> topic,
                  std::optional<std::string> topic_was, std::optional<bool> retired = {}) {
  return {0, msg::ItemEdited{"k", 0, ItemId(1), std::move(title), std::move(topic), std::move(topic_was), retired, {}}};
}

TEST_F(ItemsTest, AnEditChangesWhatItNamesAndTheVersion) {
  items.evolve(edited("uno", {}, {}), Seq(2));
  EXPECT_EQ(*items.find(ItemId(1)),
            (msg::Item{ItemId(1), "uno", "t", Cents(100), Quantity(5), Seq(2), {}, {}, Seq(2)}));
  items.evolve(edited({}, "u", "t", true), Seq(3));
  EXPECT_EQ(*items.find(ItemId(1)),
            (msg::Item{ItemId(1), "uno", "u", Cents(100), Quantity(5), Seq(3), {}, true, Seq(3)}));
  items.evolve(moved(2, 7), Seq(4));
  EXPECT_EQ(items.find(ItemId(1))->edited, Seq(3));
  items.evolve(edited({}, {}, {}, false), Seq(5));
  EXPECT_FALSE(items.find(ItemId(1))->retired);
}

TEST_F(ItemsTest, TheDigestOfEditedItemsIsThatOfTheSameItemsLoaded) {
  std::set<std::uint64_t> digests{items.digest()};
  const std::vector<msg::Event> all{edited("uno", {}, {}), edited({}, "u", "t"), edited({}, {}, {}, true)};
  for (std::size_t i = 0; i < all.size(); ++i) {
    items.evolve(all[i], Seq(9 + i));
    Items loaded;
    loaded.put(*items.find(ItemId(1)));
    EXPECT_EQ(items.digest(), loaded.digest());
    EXPECT_TRUE(digests.insert(items.digest()).second);
  }
  auto back = *items.find(ItemId(1));
  back.retired.reset();
  Items other;
  other.put(back);
  EXPECT_NE(items.digest(), other.digest());
}

using ItemsDeath = ItemsTest;

TEST_F(ItemsDeath, AnotherOldTopic) { EXPECT_DEATH(items.evolve(edited({}, "u", "s"), Seq(2)), "topic=t was=s"); }
TEST_F(ItemsDeath, RetiredByNoEvent) {
  EXPECT_DEATH(items.put({ItemId(2), "two", "t", Cents(1), Quantity(1), Seq(1), {}, true, {}}), "retired by no event");
  EXPECT_DEATH(items.put({ItemId(2), "two", "t", Cents(1), Quantity(1), Seq(1), {}, {}, Seq(2)}), "edited=2");
}
TEST_F(ItemsDeath, OtherOldTopicsBesidesTheFirst) {
  msg::Event event{0, msg::ItemEdited{.key = "k", .item = ItemId(1), .topics = msg::Topics{"a"}}};
  std::get<msg::ItemEdited>(event.what).topics_was = msg::Topics{"b"};
  EXPECT_DEATH(items.evolve(event, Seq(2)), "item=1 had other topics");
}

TEST_F(ItemsDeath, DetailsThatNoEventCanHaveMade) {
  const auto put = [&](const auto& change) {
    auto item = *items.find(ItemId(1));
    change(item);
    items.put(item);
  };
  EXPECT_DEATH(put([](auto& i) { i.description = ""; }), "description");
  EXPECT_DEATH(put([](auto& i) { i.topics = msg::Topics(); }), "topics");
  EXPECT_DEATH(put([](auto& i) { i.attributes = msg::Attributes{{"", "v"}}; }), "attributes");
}

TEST_F(ItemsDeath, TermsOfNoEvent) {
  msg::Item item{ItemId(2), "two", "t", Cents(1), Quantity(1), Seq(1)};
  item.terms = msg::Terms{};
  item.terms->per_order = Quantity(1);
  EXPECT_DEATH(items.put(item), "terms of no event");
  item.edited = Seq(1);
  item.terms = msg::Terms{};
  EXPECT_DEATH(items.put(item), "terms of no event");
}

TEST_F(ItemsDeath, MoreIsHeldThanIsThere) { EXPECT_DEATH(items.evolve(held(6, 6), Seq(2)), "stock=5 held=6"); }
TEST_F(ItemsDeath, HeldToldIsNotWhatIsHeld) { EXPECT_DEATH(items.evolve(held(3, 4), Seq(2)), "held=3 told=4"); }
TEST_F(ItemsDeath, HoldOfAnotherPrice) { EXPECT_DEATH(items.evolve(held(3, 3, 99), Seq(2)), "price=100 told=99"); }
TEST_F(ItemsDeath, LessThanNothingIsHeld) { EXPECT_DEATH(items.evolve(let_go(1, -1), Seq(2)), "held=-1"); }
TEST_F(ItemsDeath, HeldPiecesAreSold) {
  items.evolve(held(3, 3), Seq(2));
  EXPECT_DEATH(items.evolve(placed({taken(3, 2)}, 300), Seq(3)), "stock=2 held=3");
}

TEST_F(ItemsDeath, StockBelowZero) { EXPECT_DEATH(items.evolve(moved(-6, -1), Seq(2)), "stock"); }
TEST_F(ItemsDeath, StockToldIsNotTheStock) { EXPECT_DEATH(items.evolve(moved(1, 7), Seq(2)), "told=7"); }
TEST_F(ItemsDeath, OrderOfAnotherPrice) { EXPECT_DEATH(items.evolve(placed({taken(1, 4, 99)}, 99), Seq(2)), "price"); }
TEST_F(ItemsDeath, OrderThatIsOversold) { EXPECT_DEATH(items.evolve(placed({taken(6, -1)}, 600), Seq(2)), "stock=-1"); }
TEST_F(ItemsDeath, OrderOfAnotherTotal) { EXPECT_DEATH(items.evolve(placed({taken(1, 4)}, 99), Seq(2)), "total"); }
TEST_F(ItemsDeath, ACancellationThatDoesNotAddUp) {
  msg::OrderCancelled cancelled{.key = "c", .no = base::OrderNo(1), .lines = {taken(2, 8)}};
  EXPECT_DEATH(items.evolve({0, cancelled}, Seq(2)), "told=8");
  cancelled.lines = {taken(0, 5)};
  EXPECT_DEATH(items.evolve({0, cancelled}, Seq(2)), "quantity=0");
}
TEST_F(ItemsDeath, AnEventOfThePast) {
  items.evolve(moved(1, 6), Seq(5));
  EXPECT_DEATH(items.evolve(moved(1, 7), Seq(4)), "version=5");
}
TEST_F(ItemsDeath, AnItemThatIsNotThere) {
  const msg::Event event{0, msg::PriceChanged{"k", 0, ItemId(9), Cents(1), Cents(1)}};
  EXPECT_DEATH(items.evolve(event, Seq(2)), "item=9");
}
TEST_F(ItemsDeath, AnItemThatIsThereAlready) {
  const msg::Event event{0, msg::ItemsAdded{"k", 0, {{ItemId(1), "x", "t", Cents(1), Quantity(1)}}}};
  EXPECT_DEATH(items.evolve(event, Seq(2)), "exists");
}
TEST_F(ItemsDeath, AnotherOldPrice) {
  const msg::Event event{0, msg::PriceChanged{"k", 0, ItemId(1), Cents(1), Cents(99)}};
  EXPECT_DEATH(items.evolve(event, Seq(2)), "was=99");
}

}  // namespace
}  // namespace ledger
