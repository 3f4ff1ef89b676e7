// The effects of each kind of event on items, keys and customers.
#include "msg/effects.h"

#include <gmock/gmock.h>

namespace msg {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> items_of(const Event& event) {
  std::vector<std::string> items;
  each_item(event, [&](const ItemEffect& effect) {
    auto text = std::to_string(effect.item.value());
    if (effect.is_new) text += " new";
    if (effect.price) text += " price " + std::to_string(effect.price->value());
    if (effect.topic) text += " topic " + *effect.topic;
    if (effect.stock) text += " stock " + std::to_string(effect.stock->value());
    items.push_back(text);
  });
  return items;
}

// The ids of all items that the event names.
std::vector<std::uint64_t> named_in(const Event& event) {
  std::vector<std::uint64_t> ids;
  each_item_named(event, [&](ItemId id) { ids.push_back(id.value()); });
  return ids;
}

Event event(decltype(Event::what) what) { return {5, std::move(what)}; }

TEST(EffectsTest, AnAddTellsPriceAndStockOfEachNewItem) {
  const auto added = event(
      ItemsAdded{"k", 1, {{ItemId(3), "T", "t", Cents(5), Quantity(7)}, {ItemId(4), "U", "t", Cents(6), Quantity(8)}}});
  EXPECT_THAT(items_of(added), ElementsAre("3 new price 5 topic t stock 7", "4 new price 6 topic t stock 8"));
}

TEST(EffectsTest, APriceLeavesTheStockAndAMovementThePrice) {
  EXPECT_THAT(items_of(event(PriceChanged{"k", 1, ItemId(3), Cents(5), Cents(4)})), ElementsAre("3 price 5"));
  EXPECT_THAT(items_of(event(StockMoved{"k", 1, ItemId(3), Quantity(-2), Quantity(7), ""})), ElementsAre("3 stock 7"));
}

TEST(EffectsTest, AnEditTellsBothTopicsAndMayChangeEveryList) {
  const auto edited = event(ItemEdited{"k", 1, ItemId(3), "T", "new", "old", true, {}});
  EXPECT_THAT(items_of(edited), ElementsAre("3 topic new"));
  each_item(edited, [](const ItemEffect& effect) {
    EXPECT_EQ(*effect.topic_was, "old");
    EXPECT_TRUE(*effect.retired);
    EXPECT_TRUE(effect.relists);
  });
  each_item(event(ItemEdited{"k", 1, ItemId(3), "T", {}, {}, {}, {}}), [](const ItemEffect& effect) {
    EXPECT_FALSE(effect.topic || effect.topic_was || effect.retired);
    EXPECT_TRUE(effect.relists) << "words of a title are searched for";
  });
}

TEST(EffectsTest, AnEditOfFurtherTopicsRelistsAndOneOfTheOtherDetailsDoesNot) {
  const auto effect_of = [](ItemEdited edited) {
    std::vector<ItemEffect> effects;
    edited.item = ItemId(3);
    const Event told = event(std::move(edited));
    each_item(told, [&](const ItemEffect& effect) { effects.push_back(effect); });
    EXPECT_EQ(effects.size(), 1U);
    return effects.front().relists;
  };
  EXPECT_TRUE(effect_of({.topics = Topics{"maps"}, .topics_was = Topics{}}));
  EXPECT_FALSE(effect_of({.description = "A text"}));
  EXPECT_FALSE(effect_of({.attributes = Attributes{{"pages", "214"}}}));
}

TEST(EffectsTest, ALevelIsOfItsItemAndTouchesNone) {
  for (const auto& told :
       {event(StockLow{ItemId(3), Quantity(1), Quantity(2)}), event(StockOk{ItemId(3), Quantity(3), {}})}) {
    EXPECT_EQ(level_of(told), ItemId(3));
    EXPECT_THAT(items_of(told), IsEmpty());
    EXPECT_THAT(named_in(told), ElementsAre(3));
    EXPECT_TRUE(is_of_itself(told));
  }
  EXPECT_EQ(level_of(event(PriceChanged{"k", 1, ItemId(3), Cents(5), Cents(4)})), ItemId());
}

TEST(EffectsTest, DetailsAreToldAsTheyAreAfterTheEvent) {
  const Event edited = event(ItemEdited{.item = ItemId(3),
                                        .description = "",
                                        .topics = Topics{"maps"},
                                        .topics_was = Topics{"fun"},
                                        .attributes = Attributes{{"pages", "214"}}});
  each_item(edited, [](const ItemEffect& effect) {
    EXPECT_EQ(*effect.description, "");
    EXPECT_EQ(*effect.topics, Topics{"maps"});
    EXPECT_EQ(*effect.topics_was, Topics{"fun"});
    EXPECT_EQ(effect.attributes->at("pages"), "214");
  });
  const Event added =
      event(ItemsAdded{"k", 1, {{ItemId(3), "T", "t", Cents(1), Quantity(1), "A text", Topics{"maps"}}}, {}});
  each_item(added, [](const ItemEffect& effect) {
    EXPECT_EQ(*effect.description, "A text");
    EXPECT_EQ(*effect.topics, Topics{"maps"});
    EXPECT_EQ(effect.attributes, nullptr);
  });
}

TEST(EffectsTest, TermsOfSaleChangeTheItemAndNoList) {
  Event terms = event(ItemEdited{"k", 1, ItemId(3), {}, {}, {}, {}, {}, Terms{}});
  std::get<ItemEdited>(terms.what).terms->per_order = Quantity(2);
  each_item(terms, [](const ItemEffect& effect) {
    EXPECT_EQ(effect.item, ItemId(3));
    EXPECT_EQ(effect.terms->per_order, Quantity(2));
    EXPECT_FALSE(effect.relists);
  });
}

TEST(EffectsTest, OfTheOtherEventsOnlyAnAddChangesLists) {
  const auto relists = [](const Event& what) {
    bool any = false;
    each_item(what, [&](const ItemEffect& effect) { any = any || effect.relists; });
    return any;
  };
  EXPECT_TRUE(relists(event(ItemsAdded{"k", 1, {{ItemId(3), "T", "t", Cents(5), Quantity(7)}}})));
  EXPECT_FALSE(relists(event(PriceChanged{"k", 1, ItemId(3), Cents(5), Cents(4)})));
  EXPECT_FALSE(relists(event(StockMoved{"k", 1, ItemId(3), Quantity(-2), Quantity(7), ""})));
}

TEST(EffectsTest, AnOrderTellsEachOfItsLinesInItsOrder) {
  OrderPlaced placed{"k", 1, OrderNo(1)};
  placed.lines = {{ItemId(9), Quantity(1), Cents(5), Quantity(7)},
                  {ItemId(3), Quantity(2), Cents(6), Quantity(0)},
                  {ItemId(9), Quantity(1), Cents(5), Quantity(6)}};
  EXPECT_THAT(items_of(event(placed)), ElementsAre("9 price 5 stock 7", "3 price 6 stock 0", "9 price 5 stock 6"));
  EXPECT_THAT(named_in(event(placed)), ElementsAre(9, 3, 9));
}

TEST(EffectsTest, ACancellationTellsTheStockAndNotThePriceOfTheItem) {
  OrderCancelled cancelled{.key = "k", .no = OrderNo(1)};
  cancelled.lines = {{ItemId(9), Quantity(1), Cents(5), Quantity(7)}};
  EXPECT_THAT(items_of(event(cancelled)), ElementsAre("9 stock 7"));
}

// "north -2": what an event moves at other places than main.
std::vector<std::string> places_of(const Event& event) {
  std::vector<std::string> all;
  each_item(event, [&](const ItemEffect& effect) {
    if (!effect.places) return;
    for (const auto& each : *effect.places) {
      all.push_back(fmt::format("{} {}", each.place, effect.sign * each.pieces.value()));
    }
  });
  return all;
}

TEST(EffectsTest, EventsTellWhatTheyMoveAtPlaces) {
  const std::vector<OrderLine> lines{{ItemId(9), Quantity(3), Cents(5), Quantity(7), Places{{"north", Quantity(2)}}}};
  EXPECT_THAT(places_of(event(OrderPlaced{.key = "k", .lines = lines})), ElementsAre("north -2"));
  EXPECT_THAT(places_of(event(OrderPlaced{.key = "k", .type = OrderType::kSell, .lines = lines})),
              ElementsAre("north 2"));
  EXPECT_THAT(places_of(event(OrderCancelled{.key = "k", .lines = lines})), ElementsAre("north 2"));
  EXPECT_THAT(places_of(event(OrderCancelled{.key = "k", .kind = CancelKind::kScrap, .lines = lines})), IsEmpty());
  const std::vector<HoldLine> ended{{ItemId(9), Quantity(3), Cents(5), Quantity(0)}};
  EXPECT_THAT(places_of(event(HoldConfirmed{.key = "k", .lines = lines, .ended = ended})), ElementsAre("north -2"));
  StockMoved moved{.key = "k", .item = ItemId(9)};
  moved.places = Places{{"annex", Quantity(-4)}, {"north", Quantity(4)}};
  EXPECT_THAT(places_of(event(moved)), ElementsAre("annex -4", "north 4"));
}

TEST(EffectsTest, TheOtherEventsTouchNoItem) {
  for (const auto& other : {event(StoreCreated{"s"}), event(WriterAppointed{}), event(HolderJoined{}),
                            event(HolderLeft{}), event(KeyVoided{"k"})}) {
    EXPECT_THAT(items_of(other), IsEmpty()) << type_of(other);
  }
}

TEST(EffectsTest, TheEventsOfClientsHaveTheirKey) {
  for (const auto& made :
       {event(ItemsAdded{"k"}), event(PriceChanged{"k"}), event(StockMoved{"k"}), event(OrderPlaced{"k"}),
        event(OrderCancelled{"k"}), event(KeyVoided{"k"}), event(HoldPlaced{"k"}), event(HoldExtended{"k"}),
        event(HoldConfirmed{"k"}), event(HoldEnded{"k"}), event(ItemEdited{"k"}), event(SubscriptionMade{"k"}),
        event(SubscriptionAcknowledged{"k"}), event(SubscriptionEnded{"k"})}) {
    ASSERT_TRUE(key_of(made)) << type_of(made);
    EXPECT_EQ(*key_of(made), "k");
  }
  for (const auto& other : {event(StoreCreated{"s"}), event(WriterAppointed{}), event(HolderJoined{}),
                            event(HolderLeft{}), event(HoldEnded{}), event(SubscriptionEnded{})}) {
    EXPECT_FALSE(key_of(other)) << type_of(other);
  }
}

TEST(EffectsTest, OnlyAnOrderAndItsCancellationAreACustomers) {
  OrderPlaced placed{"k"};
  placed.customer = "ann";
  ASSERT_TRUE(customer_of(event(placed)));
  EXPECT_EQ(*customer_of(event(placed)), "ann");
  OrderCancelled cancelled{"k"};
  cancelled.customer = "bob";
  ASSERT_TRUE(customer_of(event(cancelled)));
  EXPECT_EQ(*customer_of(event(cancelled)), "bob");
  EXPECT_FALSE(customer_of(event(KeyVoided{"k"})));
}

TEST(EffectsTest, AHoldIsACustomersAndItsConfirmationMakesAnOrder) {
  HoldPlaced placed{"k"};
  placed.customer = "ann";
  EXPECT_EQ(*customer_of(event(placed)), "ann");
  HoldConfirmed confirmed{"k"};
  confirmed.customer = "bob";
  confirmed.no = OrderNo(7);
  EXPECT_EQ(*customer_of(event(confirmed)), "bob");
  EXPECT_EQ(new_order_of(event(confirmed)), OrderNo(7));
  EXPECT_EQ(new_order_of(event(placed)), OrderNo());
}

TEST(EffectsTest, TheEndOfAHoldChangesWhatIsHeldAndItsConfirmationTheStockToo) {
  const std::vector<HoldLine> lines{{ItemId(1), Quantity(2), Cents(100), Quantity(3)},
                                    {ItemId(2), Quantity(1), Cents(100), Quantity(0)}};
  HoldConfirmed confirmed;
  confirmed.ended = lines;
  confirmed.lines = {{ItemId(1), Quantity(2), Cents(100), Quantity(8)}};
  std::vector<std::string> told;
  each_item(event(confirmed), [&](const ItemEffect& effect) {
    told.push_back(fmt::format("{} held {} stock {} price {}", effect.item, *effect.held,
                               effect.stock ? effect.stock->value() : -1, effect.price ? 1 : 0));
  });
  EXPECT_THAT(told, ElementsAre("1 held 3 stock 8 price 0", "2 held 0 stock -1 price 0"));
  HoldEnded ended;
  ended.lines = lines;
  std::vector<ItemId> items;
  each_item(event(ended), [&](const ItemEffect& effect) { items.push_back(effect.item); });
  EXPECT_THAT(items, ElementsAre(ItemId(1), ItemId(2)));
}

TEST(EffectsTest, TheWriterDecidesAllButTheEventsOfTheBroker) {
  for (const auto& made : {event(KeyVoided{"k"}), event(HoldEnded{}), event(OrderPlaced{"k"})}) {
    EXPECT_TRUE(is_decided(made)) << type_of(made);
  }
  for (const auto& made :
       {event(StoreCreated{"s"}), event(WriterAppointed{}), event(HolderJoined{}), event(HolderLeft{})}) {
    EXPECT_FALSE(is_decided(made)) << type_of(made);
  }
}

TEST(EffectsTest, AnEndInTimeHasNoKeyAndIsDecided) {
  for (const auto& made : {event(HoldEnded{}), event(SubscriptionEnded{})}) {
    EXPECT_TRUE(is_of_itself(made)) << type_of(made);
  }
  for (const auto& made :
       {event(HoldEnded{"k"}), event(SubscriptionEnded{"k"}), event(HolderLeft{}), event(KeyVoided{"k"})}) {
    EXPECT_FALSE(is_of_itself(made)) << type_of(made);
  }
}

TEST(EffectsTest, SubscribersAreNotToldOfSubscriptions) {
  for (const auto& made : {event(SubscriptionMade{}), event(SubscriptionAcknowledged{}), event(SubscriptionEnded{})}) {
    EXPECT_TRUE(is_of_subscription(made)) << type_of(made);
  }
  EXPECT_FALSE(is_of_subscription(event(HoldEnded{})));
}

TEST(EffectsTest, OnlyAnOrderMakesANumber) {
  OrderPlaced placed{"k"};
  placed.no = OrderNo(7);
  EXPECT_EQ(new_order_of(event(placed)), OrderNo(7));
  for (const auto& other :
       {event(StoreCreated{"s"}), event(StockMoved{"k"}), event(OrderCancelled{"k"}), event(KeyVoided{"k"})}) {
    EXPECT_EQ(new_order_of(other), OrderNo()) << type_of(other);
  }
}

TEST(EffectsTest, TheListOfTypesIsThatOfTheEvents) {
  EXPECT_THAT(kEventTypes,
              ElementsAre("store_created", "writer_appointed", "holder_joined", "holder_left", "items_added",
                          "price_changed", "stock_moved", "order_placed", "order_cancelled", "key_voided",
                          "credential_granted", "credential_revoked", "act_noted", "hold_placed", "hold_extended",
                          "hold_confirmed", "hold_ended", "item_edited", "subscription_made",
                          "subscription_acknowledged", "subscription_ended", "stock_low", "stock_ok"));
}

}  // namespace
}  // namespace msg
