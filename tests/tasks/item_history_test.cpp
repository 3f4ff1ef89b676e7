#include "tasks/item_history.h"

#include <gtest/gtest.h>

namespace {

using base::Cents;
using base::ItemId;
using base::Quantity;
using base::Seq;

class ItemHistoryTest : public testing::Test {
 protected:
  // The changes that an event made, as one text; "-": it does not touch the item.
  template <class What>
  std::string then(What what) {
    msg::Event event{5, std::move(what)};
    event.by = Seq(3);
    last = history.take(Seq(++seq), event);
    if (!last) return "-";
    const auto line = tasks::text_of(*last, "till", msg::Currency{"EUR", 2});
    const auto changes = line.find("3 till");
    if (changes == std::string::npos) return line;
    return line.substr(line.find_first_not_of(' ', changes + 6));
  }
  std::string added() {
    msg::ItemsAdded both{.key = "a"};
    both.items.push_back({ItemId(1), "Other", "t", Cents(5), Quantity(9)});
    both.items.push_back({ItemId(2), "Risk", "games", Cents(1599), Quantity(10)});
    return then(both);
  }
  static msg::ItemEdited edit() { return {.key = "e", .item = ItemId(2)}; }

  tasks::ItemHistory history{ItemId(2)};
  std::optional<tasks::ItemEvent> last;
  std::uint64_t seq = 0;
};

TEST_F(ItemHistoryTest, BeginsWithTheAddition) {
  EXPECT_EQ(added(), "title 'Risk', topic 'games', price 15.99 EUR, stock 10");
  EXPECT_EQ(last->type, "items_added");
  EXPECT_TRUE(last->is_new);
}

TEST_F(ItemHistoryTest, TellsWherePiecesAre) {
  const auto moved = [](std::int64_t delta, std::int64_t stock, std::int64_t at_annex) {
    return msg::StockMoved{.key = "m",
                           .item = ItemId(2),
                           .delta = Quantity(delta),
                           .stock = Quantity(stock),
                           .places = msg::Places{{"annex", Quantity(at_annex)}}};
  };
  EXPECT_EQ(then(moved(0, 10, 2)), "no change") << "nobody knows what was there before";
  added();
  EXPECT_EQ(then(moved(0, 10, 3)), "places '' -> 'annex=3'");
  EXPECT_EQ(then(moved(2, 12, 2)), "stock 10 -> 12, places 'annex=3' -> 'annex=5'");
  EXPECT_EQ(then(msg::OrderPlaced{
                .key = "o",
                .no = base::OrderNo(1),
                .lines = {{ItemId(2), Quantity(8), Cents(1599), Quantity(4), msg::Places{{"annex", Quantity(1)}}}}}),
            "stock 12 -> 4, places 'annex=5' -> 'annex=4', order 1");
}

TEST_F(ItemHistoryTest, TellsEachChangeFromWhatToWhat) {
  added();
  EXPECT_EQ(then(msg::PriceChanged{"p", 1, ItemId(2), Cents(1499), Cents(1599), {}}), "price 15.99 EUR -> 14.99 EUR");
  auto renamed = edit();
  renamed.title = "Risk 2";
  renamed.topic = "old games";
  renamed.topic_was = "games";
  EXPECT_EQ(then(renamed), "title 'Risk' -> 'Risk 2', topic 'games' -> 'old games'");
  EXPECT_EQ(then(renamed), "no change");
  auto retired = edit();
  retired.retired = true;
  EXPECT_EQ(then(retired), "retired no -> yes");
  auto limited = edit();
  limited.terms = msg::Terms{.per_order = Quantity(2)};
  EXPECT_EQ(then(limited), "terms none -> (at most 2 in an order)");
  auto detailed = edit();
  detailed.description = "A game";
  detailed.topics = msg::Topics{"war"};
  detailed.topics_was = msg::Topics();
  detailed.attributes = msg::Attributes{{"players", "2"}};
  EXPECT_EQ(then(detailed), "topics '' -> 'war', description '' -> 'A game', attributes '' -> 'players=2'");
  EXPECT_EQ(then(msg::StockMoved{"s", 1, ItemId(2), Quantity(-3), Quantity(7), "broken", {}}), "stock 10 -> 7: broken");
}

TEST_F(ItemHistoryTest, TellsOrdersAndHolds) {
  added();
  msg::OrderPlaced placed{.key = "b", .no = base::OrderNo(4)};
  placed.lines = {{ItemId(2), Quantity(1), Cents(1599), Quantity(9)},
                  {ItemId(1), Quantity(1), Cents(5), Quantity(8)},
                  {ItemId(2), Quantity(2), Cents(1599), Quantity(7)}};
  EXPECT_EQ(then(placed), "stock 10 -> 7, order 4");
  msg::HoldPlaced held{.key = "h", .hold = base::HoldNo(6)};
  held.lines = {{ItemId(2), Quantity(2), Cents(1599), Quantity(2)}};
  EXPECT_EQ(then(held), "held 0 -> 2, hold 6");
}

TEST_F(ItemHistoryTest, LeavesOutWhatIsOfOtherItems) {
  added();
  EXPECT_EQ(then(msg::PriceChanged{"p", 1, ItemId(1), Cents(1), Cents(5), {}}), "-");
  EXPECT_EQ(then(msg::KeyVoided{"k"}), "-");
}

TEST_F(ItemHistoryTest, AfterATrimTellsWhatIsKnown) {
  EXPECT_EQ(then(msg::StockMoved{"s", 1, ItemId(2), Quantity(2), Quantity(7), "", {}}), "stock 5 -> 7");
  auto renamed = edit();
  renamed.title = "Risk 2";
  EXPECT_EQ(then(renamed), "title ? -> 'Risk 2'");
  EXPECT_FALSE(last->changes.front().was);
  msg::OrderPlaced placed{.key = "b", .no = base::OrderNo(4)};
  placed.lines = {{ItemId(2), Quantity(1), Cents(1599), Quantity(6)}};
  EXPECT_EQ(then(placed), "stock 7 -> 6, order 4") << "the price of the line is no change";
  EXPECT_EQ(then(msg::PriceChanged{"p", 1, ItemId(2), Cents(1499), Cents(1599), {}}), "price 15.99 EUR -> 14.99 EUR");
}

TEST_F(ItemHistoryTest, ChangesAreATextAndJsonWithoutAnEvent) {
  const std::vector<tasks::ValueChange> changes{
      {"price", Cents(100), Cents(200)}, {"retired", true, false}, {"low", std::string(), std::string("3")}};
  EXPECT_EQ(tasks::text_of(changes, {}), "price 1.00 -> 2.00, retired yes -> no, low '' -> '3'");
  EXPECT_EQ(tasks::json_of(changes[0].is), 200);
  EXPECT_EQ(tasks::json_of(changes[1].is), false);
  EXPECT_EQ(tasks::text_of(std::vector<tasks::ValueChange>(), {}), "no change");
}

TEST_F(ItemHistoryTest, AsJsonHasAmountsInCentsAndTheActor) {
  added();
  then(msg::PriceChanged{"p", 1, ItemId(2), Cents(1499), Cents(1599), {}});
  EXPECT_EQ(
      tasks::to_json(*last, "till").dump(),
      R"({"seq":2,"at":5,"type":"price_changed","by":3,"who":"till","changes":{"price":{"was":1599,"is":1499}}})");
  auto limited = edit();
  limited.terms = msg::Terms{.per_order = Quantity(2)};
  then(limited);
  EXPECT_EQ(tasks::to_json(*last, "")["changes"].dump(), R"({"terms":{"was":{},"is":{"per_order":2}}})");
}

}  // namespace
