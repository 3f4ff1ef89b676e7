#include "ledger/decide.h"

#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using msg::Code;

class Decide : public ::testing::Test, public Shop {
 protected:
  void invalid(const Command& command, const std::string& field) {
    const auto refusal = refused(when(command), Code::kInvalid);
    EXPECT_EQ(refusal.message.substr(0, refusal.message.find(':')), field) << refusal.message;
  }
};

TEST_F(Decide, BuyTakesStockAtThePriceOfNow) {
  given(1, 5, 250);
  const auto decision = when(buy("k", {line(1, 2)}));
  const auto& placed = happened<msg::OrderPlaced>(decision);
  EXPECT_EQ(placed.no, base::OrderNo(1));
  EXPECT_EQ(placed.customer, "ann");
  EXPECT_EQ(placed.total, base::Cents(500));
  ASSERT_EQ(placed.lines.size(), 1U);
  EXPECT_EQ(placed.lines[0].price, base::Cents(250));
  EXPECT_EQ(placed.lines[0].stock, base::Quantity(3));
  EXPECT_EQ(stock(1), 3);
}

TEST_F(Decide, SellPutsStockIn) {
  given(1, 5);
  when(sell("k", {line(1, 2)}));
  EXPECT_EQ(stock(1), 7);
}

TEST_F(Decide, LastPieceCanBeBoughtAndNoMore) {
  given(1, 5);
  happened<msg::OrderPlaced>(when(buy("k1", {line(1, 5)})));
  const auto refusal = refused(when(buy("k2", {line(1, 1)})), Code::kOutOfStock);
  EXPECT_EQ(refusal.item, base::ItemId(1));
  EXPECT_EQ(refusal.stock, base::Quantity(0));
}

// TRAPS 19
TEST_F(Decide, TwoLinesOfOneItemAreSummedBeforeStockIsChecked) {
  given(1, 5);
  const auto refusal = refused(when(buy("k1", {line(1, 3), line(1, 3)})), Code::kOutOfStock);
  EXPECT_EQ(refusal.stock, base::Quantity(5));
  const auto decision = when(buy("k2", {line(1, 3), line(1, 2)}));
  const auto& placed = happened<msg::OrderPlaced>(decision);
  ASSERT_EQ(placed.lines.size(), 2U);
  EXPECT_EQ(placed.lines[0].stock, base::Quantity(2));
  EXPECT_EQ(placed.lines[1].stock, base::Quantity(0));
}

TEST_F(Decide, AnOrderIsAllOrNothing) {
  given(1, 5);
  given(2, 1);
  refused(when(buy("k", {line(1, 2), line(2, 2)})), Code::kOutOfStock);
  EXPECT_EQ(stock(1), 5);
}

TEST_F(Decide, DecidesAgainstWhatIsAheadWithoutWaiting) {
  given(1, 2);
  for (int i = 0; i < 2; ++i) happened<msg::OrderPlaced>(when(buy("k" + std::to_string(i), {line(1, 1)})));
  refused(when(buy("k2", {line(1, 1)})), Code::kOutOfStock);
  commit();
  EXPECT_EQ(items().find(base::ItemId(1))->stock, base::Quantity(0));
}

TEST_F(Decide, PendingEventsAreForgottenWithTheEpoch) {
  given(1, 5);
  when(buy("k", {line(1, 5)}));
  when(add("k2", {new_item(2)}));
  lose_epoch();
  EXPECT_EQ(stock(1), 5);
  const auto decision = when(buy("k", {line(1, 1)}));
  EXPECT_EQ(happened<msg::OrderPlaced>(decision).no, base::OrderNo(1));
  refused(when(buy("k3", {line(2, 1)})), Code::kUnknownItem);
}

TEST_F(Decide, AnotherPriceThanTheExpectedOneRefuses) {
  given(1, 5, 250);
  const auto refusal = refused(when(buy("k1", {line(1, 1, 249)})), Code::kPriceChanged);
  EXPECT_EQ(refusal.price, base::Cents(250));
  EXPECT_EQ(refusal.item, base::ItemId(1));
  refused(when(buy("k1", {line(1, 1, 251)})), Code::kPriceChanged);
  happened<msg::OrderPlaced>(when(buy("k2", {line(1, 1, 250)})));
}

// The version is that of the last change that is decided, whether it is committed or not.
TEST_F(Decide, AChangeOfAnotherVersionThanTheExpectedOneIsRefused) {
  given(1, 5, 250);
  const auto seen = items().find(base::ItemId(1))->version;
  happened<msg::PriceChanged>(when(price("k1", 1, 300, seen)));
  const auto refusal = refused(when(price("k2", 1, 310, seen)), Code::kVersionChanged);
  EXPECT_EQ(refusal.item, base::ItemId(1));
  EXPECT_EQ(refusal.version, std::nullopt) << "it is not committed";
  commit();
  const auto now = items().find(base::ItemId(1))->version;
  EXPECT_EQ(refused(when(restock("k3", 1, 1, seen)), Code::kVersionChanged).version, now);
  refused(when(restock("k3", 1, 1, now.next())), Code::kVersionChanged);
  happened<msg::StockMoved>(when(restock("k3", 1, 1, now)));
  EXPECT_EQ(stock(1), 6);
}

TEST_F(Decide, AnEditTellsWhatItNamesAndTheTopicBefore) {
  given(1, 5);
  const auto titled = happened<msg::ItemEdited>(when(retitle("k1", 1, "New")));
  EXPECT_EQ(titled.title, "New");
  EXPECT_FALSE(titled.topic || titled.topic_was || titled.retired);
  const auto was = items().find(base::ItemId(1))->topic;
  EXPECT_EQ(happened<msg::ItemEdited>(when(retopic("k2", 1, "first"))).topic_was, was);
  EXPECT_EQ(happened<msg::ItemEdited>(when(retopic("k3", 1, "second"))).topic_was, "first") << "it is not committed";
  commit();
  EXPECT_EQ(items().find(base::ItemId(1))->topic, "second");
}

TEST_F(Decide, AnEditOfAnotherVersionThanTheExpectedOneIsRefused) {
  given(1, 5);
  const auto seen = items().find(base::ItemId(1))->version;
  happened<msg::ItemEdited>(when(retitle("k1", 1, "New", seen)));
  refused(when(retitle("k2", 1, "Newer", seen)), Code::kVersionChanged);
  commit();
  EXPECT_EQ(refused(when(retitle("k2", 1, "Newer", seen)), Code::kVersionChanged).version,
            items().find(base::ItemId(1))->version);
}

TEST_F(Decide, AnEditToWhatTheItemHasAlreadyIsWrittenLikeAPrice) {
  given(1, 5);
  const auto item = *items().find(base::ItemId(1));
  happened<msg::ItemEdited>(when(retitle("k1", 1, item.title)));
  happened<msg::ItemEdited>(when(retire("k2", 1, false)));
  commit();
  EXPECT_GT(items().find(base::ItemId(1))->version, item.version);
  EXPECT_EQ(items().find(base::ItemId(1))->title, item.title);
}

TEST_F(Decide, AnEditStaysWithinTheBoundsOfAnAdd) {
  given(1, 5);
  invalid(retitle("k", 1, ""), "title");
  invalid(retitle("k", 1, std::string(msg::kTitleBytesMax + 1, 't')), "title");
  invalid(retitle("k", 1, "a\nb"), "title");
  invalid(retitle("k", 1, "  "), "title");
  invalid(retopic("k", 1, std::string(msg::kTopicBytesMax + 1, 't')), "topic");
  invalid(retire("k", 0), "item");
  invalid(retitle("k", 1, "T", base::Seq()), "version");
  refused(when(msg::EditItem{.key = "k", .item = base::ItemId(1)}), Code::kInvalid);
  happened<msg::ItemEdited>(when(retitle("k1", 1, std::string(msg::kTitleBytesMax, 't'))));
  happened<msg::ItemEdited>(when(retopic("k2", 1, "")));
}

TEST_F(Decide, ARetiredItemIsNeitherBoughtNorHeld) {
  given(1, 5);
  given(2, 5);
  happened<msg::HoldPlaced>(when(hold("h", {line(1, 2)})));
  happened<msg::ItemEdited>(when(retire("r", 1)));
  const auto refusal = refused(when(buy("k1", {line(2, 1), line(1, 1)})), Code::kNotForSale);
  EXPECT_EQ(refusal.item, base::ItemId(1));
  refused(when(buy("k1", {line(1, 99, 1)})), Code::kNotForSale);
  refused(when(hold("h2", {line(1, 1)})), Code::kNotForSale);
  commit();
  refused(when(buy("k1", {line(1, 1)})), Code::kNotForSale);
  EXPECT_EQ(stock(1), 5);
  happened<msg::ItemEdited>(when(retire("r2", 1, false)));
  happened<msg::OrderPlaced>(when(buy("k1", {line(1, 1)})));
}

TEST_F(Decide, ARetiredItemKeepsWhatWasPromisedAndIsKeptLikeAnyOther) {
  given(1, 5);
  happened<msg::HoldPlaced>(when(hold("h", {line(1, 2)})));
  happened<msg::OrderPlaced>(when(buy("b", {line(1, 1)})));
  happened<msg::ItemEdited>(when(retire("r", 1)));
  commit();
  happened<msg::HoldConfirmed>(when(confirm("c", 1)));
  happened<msg::OrderCancelled>(when(cancel("x", 1)));
  happened<msg::PriceChanged>(when(price("p", 1, 300)));
  happened<msg::StockMoved>(when(restock("s", 1, 2)));
  happened<msg::OrderPlaced>(when(sell("t", {line(1, 1)})));
  EXPECT_EQ(stock(1), 6);
}

// The outlook has no version for an item with a pending change, and no request may name that.
TEST_F(Decide, AnExpectedVersionIsNotZero) {
  given(1, 5, 250);
  happened<msg::PriceChanged>(when(price("k1", 1, 300)));
  refused(when(price("k2", 1, 310, base::Seq())), Code::kInvalid);
  refused(when(restock("k3", 1, 1, base::Seq())), Code::kInvalid);
}

TEST_F(Decide, ARepeatedChangeIsAnsweredAlthoughItsVersionIsOver) {
  given(1, 5, 250);
  const auto seen = items().find(base::ItemId(1))->version;
  const auto first = price("k1", 1, 300, seen);
  happened<msg::PriceChanged>(when(first));
  EXPECT_TRUE(std::holds_alternative<KeyRecord>(when(first)));
  refused(when(price("k1", 1, 300)), Code::kKeyReused);
}

TEST_F(Decide, UnknownItemsAreNamed) {
  EXPECT_EQ(refused(when(buy("k", {line(7, 1)})), Code::kUnknownItem).item, base::ItemId(7));
  EXPECT_EQ(refused(when(price("k", 7, 1)), Code::kUnknownItem).item, base::ItemId(7));
  EXPECT_EQ(refused(when(restock("k", 7, 1)), Code::kUnknownItem).item, base::ItemId(7));
  EXPECT_EQ(refused(when(retire("k", 7)), Code::kUnknownItem).item, base::ItemId(7));
}

TEST_F(Decide, StockStaysWithinItsLimit) {
  given(1, msg::kStockMax - 1);
  happened<msg::OrderPlaced>(when(sell("k1", {line(1, 1)})));
  refused(when(sell("k2", {line(1, 1)})), Code::kLimit);
  refused(when(restock("k3", 1, 1)), Code::kLimit);
}

// A greater total is another number in a browser.
TEST_F(Decide, ATotalStaysWithinWhatEveryJsonHolds) {
  given(1, msg::kStockMax, msg::kPriceMaxCents);
  given(2, 5, 254'740'991);
  given(3, 5, 1);
  std::vector<msg::DemandLine> lines(9, line(1, msg::kLineQuantityMax));
  lines.push_back(line(1, 7'199));
  lines.push_back(line(2, 1));
  EXPECT_EQ(happened<msg::OrderPlaced>(when(buy("k1", lines))).total.value(), 9'007'199'254'740'991);
  lines.push_back(line(3, 1));
  EXPECT_FALSE(refused(when(buy("k2", lines)), Code::kLimit).item);
  EXPECT_FALSE(refused(when(sell("k3", lines)), Code::kLimit).item);
  EXPECT_EQ(stock(3), 5);
}

TEST_F(Decide, ARefusedRestockTellsWhatIsInStockAndHeld) {
  given(1, 5);
  EXPECT_EQ(refused(when(restock("k1", 1, -6)), Code::kOutOfStock).message,
            "item 1: 6 cannot be taken out of stock, 5 are there");
  when(msg::PlaceHold{"h", {}, {{base::ItemId(1), base::Quantity(2), {}}}, 1000});
  const auto refusal = refused(when(restock("k2", 1, -4)), Code::kOutOfStock);
  EXPECT_EQ(refusal.message, "item 1: 4 cannot be taken out of stock, 5 are there, and holds keep 2 of them");
  EXPECT_EQ(refusal.stock, base::Quantity(3));
}

TEST_F(Decide, ACountSetsTheStockAndTellsTheDifference) {
  given(1, 5);
  const auto less = happened<msg::StockMoved>(when(count("k1", 1, 3)));
  EXPECT_EQ(less.delta, base::Quantity(-2));
  EXPECT_EQ(less.stock, base::Quantity(3));
  EXPECT_EQ(less.counted, true);
  const auto same = happened<msg::StockMoved>(when(count("k2", 1, 3)));
  EXPECT_EQ(same.delta, base::Quantity(0)) << "the count is told, although it found what the books say";
  EXPECT_EQ(happened<msg::StockMoved>(when(count("k3", 1, msg::kStockMax))).stock.value(), msg::kStockMax);
  EXPECT_EQ(happened<msg::StockMoved>(when(restock("k4", 1, -1))).counted, std::nullopt);
}

// The books of the count are those after all that is decided.
TEST_F(Decide, ACountSeesPendingOrders) {
  given(1, 5);
  when(buy("b", {line(1, 2)}));
  EXPECT_EQ(happened<msg::StockMoved>(when(count("k", 1, 4))).delta, base::Quantity(1));
  commit();
  EXPECT_EQ(stock(1), 4);
}

TEST_F(Decide, ACountFindsAtLeastWhatIsHeld) {
  given(1, 5);
  when(hold("h", {line(1, 3)}));
  EXPECT_EQ(refused(when(count("k1", 1, 2)), Code::kOutOfStock).stock, base::Quantity(2));
  happened<msg::StockMoved>(when(count("k2", 1, 3)));
  EXPECT_EQ(available(1), 0);
}

TEST_F(Decide, ACountOfAnotherVersionIsRefused) {
  given(1, 5);
  const auto seen = items().find(base::ItemId(1))->version;
  refused(when(count("k1", 1, 4, seen.next())), Code::kVersionChanged);
  refused(when(count("k2", 2, 4)), Code::kUnknownItem);
  refused(when(count("k3", 1, -1)), Code::kInvalid);
  refused(when(count("k4", 1, msg::kStockMax + 1)), Code::kInvalid);
  happened<msg::StockMoved>(when(count("k5", 1, 4, seen)));
  refused(when(count("k6", 1, 3, seen)), Code::kVersionChanged);
}

TEST_F(Decide, RestockGoesDownToZeroOnly) {
  given(1, 5);
  const auto decision = when(restock("k1", 1, -5));
  EXPECT_EQ(happened<msg::StockMoved>(decision).stock, base::Quantity(0));
  const auto refusal = refused(when(restock("k2", 1, -1)), Code::kOutOfStock);
  EXPECT_EQ(refusal.stock, base::Quantity(0));
}

TEST_F(Decide, PriceChangeTellsWhatItWas) {
  given(1, 5, 100);
  const auto decision = when(price("k", 1, 0));
  EXPECT_EQ(happened<msg::PriceChanged>(decision).was, base::Cents(100));
  EXPECT_EQ(outlook().item(base::ItemId(1))->price, base::Cents(0));
}

TEST_F(Decide, NewItemsGetTheIdsAfterTheGreatest) {
  given(3, 1);
  const auto decision = when(add("k1", {new_item({}), new_item(10), new_item({})}));
  const auto& added = happened<msg::ItemsAdded>(decision);
  ASSERT_EQ(added.items.size(), 3U);
  EXPECT_EQ(added.items[0].id, base::ItemId(11));
  EXPECT_EQ(added.items[1].id, base::ItemId(10));
  EXPECT_EQ(added.items[2].id, base::ItemId(12));
  const auto next = when(add("k2", {new_item({})}));
  EXPECT_EQ(happened<msg::ItemsAdded>(next).items[0].id, base::ItemId(13));
}

TEST_F(Decide, AnItemThatExistsIsNotAddedAgain) {
  given(1, 1);
  EXPECT_EQ(refused(when(add("k1", {new_item(2), new_item(1)})), Code::kItemExists).item, base::ItemId(1));
  happened<msg::ItemsAdded>(when(add("k2", {new_item(2)})));
  refused(when(add("k3", {new_item(2)})), Code::kItemExists);
}

// The ids that the event of this decision gave, in the order of the request.
std::vector<std::uint64_t> ids_of(const Decision& decision) {
  std::vector<std::uint64_t> ids;
  for (const auto& item : happened<msg::ItemsAdded>(decision).items) ids.push_back(item.id.value());
  return ids;
}

// One client that chooses the greatest id must not end the ids that the writer gives.
TEST_F(Decide, AfterTheGreatestIdNewItemsGetFreeIdsBelow) {
  for (const std::uint64_t id : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{4}, msg::kItemIdMax}) given(id, 1);
  EXPECT_EQ(ids_of(when(add("k1", {new_item({})}))), std::vector<std::uint64_t>{3});
  EXPECT_EQ(ids_of(when(add("k2", {new_item({}), new_item({})}))), (std::vector<std::uint64_t>{5, 6}));
  EXPECT_EQ(ids_of(when(add("k3", {new_item({})}))), std::vector<std::uint64_t>{7})
      << "the others are not committed yet";
  commit();
  EXPECT_EQ(ids_of(when(add("k4", {new_item({})}))), std::vector<std::uint64_t>{8});
}

TEST_F(Decide, NewItemsGetIdsInARow) {
  for (const std::uint64_t id : {std::uint64_t{2}, std::uint64_t{4}, msg::kItemIdMax - 1}) given(id, 1);
  EXPECT_EQ(ids_of(when(add("k1", {new_item({}), new_item({})}))), (std::vector<std::uint64_t>{5, 6}));
  EXPECT_EQ(ids_of(when(add("k2", {new_item({})}))), std::vector<std::uint64_t>{msg::kItemIdMax})
      << "there is room above";
  EXPECT_EQ(ids_of(when(add("k3", {new_item({})}))), std::vector<std::uint64_t>{1});
}

TEST_F(Decide, AfterTheGreatestIdARequestChoosesAllIdsOrNone) {
  given(1, 1);
  const auto both = add("k1", {new_item({}), new_item(msg::kItemIdMax)});
  refused(when(both), Code::kLimit);
  happened<msg::ItemsAdded>(when(add("k2", {new_item(msg::kItemIdMax)})));
  refused(when(add("k3", {new_item({}), new_item(5)})), Code::kLimit);
  happened<msg::ItemsAdded>(when(add("k4", {new_item(5)})));
}

TEST_F(Decide, TheSearchForFreeIdsIsBounded) {
  given(msg::kItemIdMax, 1);
  for (std::uint64_t id = 2; id < 2 + Outlook::kFreeLooked; id += 2) given(id, 1);
  refused(when(add("k1", {new_item({}), new_item({})})), Code::kLimit);
  EXPECT_EQ(ids_of(when(add("k2", {new_item({})}))), std::vector<std::uint64_t>{1}) << "one fits everywhere";
}

TEST_F(Decide, ARepeatedRequestIsKnownByItsFreeIdsBelow) {
  given(msg::kItemIdMax, 1);
  const auto request = add("k", {new_item({}), new_item({})});
  when(request);
  commit();
  const auto record = std::get<KeyRecord>(when(request));
  EXPECT_EQ(record.item, base::ItemId(2));
}

TEST_F(Decide, AUsedKeyAnswersWithItsRecord) {
  given(1, 5);
  when(buy("k", {line(1, 1)}));
  const auto ahead = when(buy("k", {line(1, 1)}));
  ASSERT_TRUE(std::holds_alternative<KeyRecord>(ahead));
  EXPECT_EQ(std::get<KeyRecord>(ahead).seq, base::Seq(0)) << "it is not committed";
  commit();
  const auto record = std::get<KeyRecord>(when(buy("k", {line(1, 1)})));
  EXPECT_EQ(record.kind, msg::OutcomeKind::kOrder);
  EXPECT_EQ(record.seq, base::Seq(2));
  EXPECT_EQ(record.no, base::OrderNo(1));
  EXPECT_EQ(stock(1), 4);
}

TEST_F(Decide, AKeyWithAnotherBodyIsRefused) {
  given(1, 5);
  when(buy("k", {line(1, 1)}));
  refused(when(buy("k", {line(1, 2)})), Code::kKeyReused);
  refused(when(restock("k", 1, 1)), Code::kKeyReused);
  commit();
  refused(when(buy("k", {line(1, 2)})), Code::kKeyReused);
}

TEST_F(Decide, AKeyIsRefusedBeforeTheShopIsLookedAt) {
  given(1, 1);
  when(buy("k", {line(1, 1)}));
  ASSERT_TRUE(std::holds_alternative<KeyRecord>(when(buy("k", {line(1, 1)})))) << "sold out by this very key";
}

TEST_F(Decide, AskingForTheOutcomeVoidsAnUnknownKey) {
  given(1, 5);
  EXPECT_EQ(happened<msg::KeyVoided>(when(outcome("k"))).key, "k");
  refused(when(buy("k", {line(1, 1)})), Code::kKeyVoided);
  commit();
  refused(when(buy("k", {line(1, 1)})), Code::kKeyVoided);
  EXPECT_EQ(std::get<KeyRecord>(when(outcome("k"))).kind, msg::OutcomeKind::kVoid);
}

TEST_F(Decide, TheOutcomeOfAUsedKeyIsItsRecord) {
  given(1, 5);
  when(restock("k", 1, 1));
  commit();
  const auto record = std::get<KeyRecord>(when(outcome("k")));
  EXPECT_EQ(record.kind, msg::OutcomeKind::kChange);
  EXPECT_EQ(record.item, base::ItemId(1));
}

TEST_F(Decide, TimeIsStampedIntoTheEvent) {
  EXPECT_EQ(std::get<msg::Event>(decide(outlook(), outcome("k"), 4711)).at, 4711);
}

// All errors.

TEST_F(Decide, RefusesBadKeys) {
  invalid(outcome(""), "key");
  invalid(outcome(std::string(msg::kKeyBytesMax + 1, 'k')), "key");
  invalid(outcome("a\nb"), "key");
  invalid(outcome("\xff"), "key");
  invalid(buy("", {line(1, 1)}), "key");
  invalid(add("", {new_item(1)}), "key");
  invalid(price("", 1, 1), "key");
  invalid(restock("", 1, 1), "key");
  happened<msg::KeyVoided>(when(outcome(std::string(msg::kKeyBytesMax, 'k'))));
}

TEST_F(Decide, RefusesBadOrders) {
  invalid(buy("k", {}), "lines");
  invalid(buy("k", std::vector(msg::kOrderLinesMax + 1, line(1, 1))), "lines");
  invalid(buy("k", {line(1, 1), line(0, 1)}), "lines[1].item");
  invalid(buy("k", {line(msg::kItemIdMax + 1, 1)}), "lines[0].item");
  invalid(buy("k", {line(1, 0)}), "lines[0].quantity");
  invalid(buy("k", {line(1, -1)}), "lines[0].quantity");
  invalid(sell("k", {line(1, msg::kLineQuantityMax + 1)}), "lines[0].quantity");
  invalid(buy("k", {line(1, 1, -1)}), "lines[0].price");
  invalid(buy("k", {line(1, 1, msg::kPriceMaxCents + 1)}), "lines[0].price");
  auto order = buy("k", {line(1, 1)});
  order.customer = std::string(msg::kCustomerBytesMax + 1, 'c');
  invalid(order, "customer");
  order.customer = "\x7f";
  invalid(order, "customer");
}

TEST_F(Decide, RefusesACustomerWithASpaceAtAnEnd) {
  given(1, 5);
  for (const auto* name : {" ann", "ann ", " ", "ann\u00a0"}) {
    auto order = buy("k", {line(1, 1)});
    order.customer = name;
    invalid(order, "customer");
    auto kept = hold("k", {line(1, 1)});
    kept.customer = name;
    invalid(kept, "customer");
    EXPECT_FALSE(validate(msg::ListOrders{name, {}, {}})) << "such orders may be there";
    EXPECT_FALSE(validate(msg::ListHolds{.customer = name}));
  }
  auto order = buy("k", {line(1, 1)});
  order.customer = "ann lee";
  happened<msg::OrderPlaced>(when(order));
}

TEST_F(Decide, RefusesBadItems) {
  const auto with = [](auto change) {
    auto item = new_item(1);
    change(item);
    return add("k", {item});
  };
  invalid(add("k", {}), "items");
  invalid(add("k", std::vector(msg::kItemsAddedMax + 1, new_item({}))), "items");
  invalid(add("k", {new_item(1), new_item(1)}), "items[1].id");
  invalid(with([](auto& item) { item.id = base::ItemId(0); }), "items[0].id");
  invalid(with([](auto& item) { item.title = ""; }), "items[0].title");
  invalid(with([](auto& item) { item.title = std::string(msg::kTitleBytesMax + 1, 't'); }), "items[0].title");
  invalid(with([](auto& item) { item.topic = "\t"; }), "items[0].topic");
  invalid(with([](auto& item) { item.topic = std::string(msg::kTopicBytesMax + 1, 't'); }), "items[0].topic");
  invalid(with([](auto& item) { item.price = base::Cents(-1); }), "items[0].price");
  invalid(with([](auto& item) { item.stock = base::Quantity(msg::kStockMax + 1); }), "items[0].stock");
}

TEST_F(Decide, RefusesBadChanges) {
  invalid(price("k", 0, 1), "item");
  invalid(price("k", 1, -1), "price");
  invalid(price("k", 1, msg::kPriceMaxCents + 1), "price");
  invalid(restock("k", 0, 1), "item");
  invalid(restock("k", 1, 0), "delta");
  invalid(restock("k", 1, INT64_MIN), "delta");
  invalid(restock("k", 1, -msg::kStockMax - 1), "delta");
  invalid(restock("k", 1, msg::kStockMax + 1), "delta");
  auto command = restock("k", 1, 1);
  command.reason = std::string(msg::kReasonBytesMax + 1, 'r');
  invalid(command, "reason");
}

TEST_F(Decide, TheGreatestMovementsFit) {
  given(1, 0);
  EXPECT_EQ(happened<msg::StockMoved>(when(restock("k1", 1, msg::kStockMax))).stock, base::Quantity(msg::kStockMax));
  EXPECT_EQ(happened<msg::StockMoved>(when(restock("k2", 1, -msg::kStockMax))).stock, base::Quantity(0));
}

TEST_F(Decide, TheGreatestOrderDoesNotOverflow) {
  given(1, msg::kStockMax, msg::kPriceMaxCents);
  given(2, msg::kStockMax, 90'071'992);
  const auto greatest = [](std::uint64_t item) {
    return std::vector(msg::kOrderLinesMax, line(item, msg::kLineQuantityMax));
  };
  refused(when(buy("k1", greatest(1))), Code::kLimit);
  EXPECT_EQ(happened<msg::OrderPlaced>(when(buy("k2", greatest(2)))).total, base::Cents(9'007'199'200'000'000));
}

// An earlier release took names that reorder what is shown, or have a space at an end.
TEST(DecideAgain, ARequestThatWouldBeInvalidNowHasItsFirstAnswer) {
  auto order = buy("k\u202e", {line(1, 1)});
  order.customer = "a\u202eb ";
  const KeyRecord record{msg::OutcomeKind::kOrder,
                         base::Seq(3),
                         short_digest(order),
                         base::OrderNo(1),
                         base::ItemId(),
                         request_digest(order),
                         {}};
  const Items items;
  const auto find = [&](const std::string& key) { return key == order.key ? std::optional(record) : std::nullopt; };
  const Outlook outlook(items, find, base::OrderNo(1));
  EXPECT_EQ(std::get<KeyRecord>(decide(outlook, order, 5)), record);
  EXPECT_EQ(std::get<KeyRecord>(decide(outlook, outcome(order.key), 5)), record);
  auto other = order;
  other.lines = {line(1, 2)};
  refused(decide(outlook, other, 5), Code::kInvalid);
  other.key = "new";
  refused(decide(outlook, other, 5), Code::kInvalid);
}

}  // namespace
}  // namespace ledger
