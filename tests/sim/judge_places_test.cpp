// The judge and the reference: pieces at several places.
#include <gmock/gmock.h>

#include "tests/sim/judge_fixture.h"

namespace sim {
namespace {

using base::ItemId;
using base::Quantity;
using base::Seq;

// Item 1 has 5 pieces at seq 2: 2 at `main` and 3 at `north`.
class JudgeOfPlacesTest : public JudgeTest {
 protected:
  JudgeOfPlacesTest() {
    auto opens = transfer("t", 3, {}, "north");
    opens.opens = true;
    ask(opens);
    happens(moved("t", 0, 5, {{"north", Quantity(3)}}, true));
  }
  static msg::Transfer transfer(const std::string& key, std::int64_t quantity, std::optional<std::string> from,
                                std::optional<std::string> to) {
    return {
        .key = key, .item = ItemId(1), .quantity = Quantity(quantity), .from = std::move(from), .to = std::move(to)};
  }
  static msg::StockMoved moved(const std::string& key, std::int64_t delta, std::int64_t left, msg::Places places,
                               bool opened = false) {
    msg::StockMoved made{.key = key, .item = ItemId(1), .delta = Quantity(delta), .stock = Quantity(left)};
    made.places = std::move(places);
    if (opened) made.opened = true;
    return made;
  }
  static msg::OrderPlaced placed(const std::string& key, std::int64_t pieces, std::int64_t left,
                                 std::int64_t from_north) {
    msg::OrderPlaced made{.key = key,
                          .no = base::OrderNo(1),
                          .lines = {{ItemId(1), Quantity(pieces), base::Cents(100), Quantity(left)}},
                          .total = base::Cents(100 * pieces)};
    if (from_north > 0) made.lines.front().places = msg::Places{{"north", Quantity(from_north)}};
    return made;
  }
  static msg::ItemReply item(std::uint64_t seq, std::int64_t stock, std::int64_t north,
                             std::optional<std::int64_t> at = {}) {
    msg::ItemReply reply{{ItemId(1), "Xen", "school", base::Cents(100), Quantity(stock), Seq(seq)}, at, {}};
    if (north > 0) reply.item.places = msg::Places{{"north", Quantity(north)}};
    return reply;
  }
};

TEST_F(JudgeOfPlacesTest, AnItemIsShownWithItsPlaces) {
  answer(ask(msg::Lookup{.item = ItemId(1)}), 2, item(2, 5, 3));
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Lookup{.item = ItemId(1)}), 2, item(2, 5, 0));
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfPlacesTest, AnOrderTakesOfMainFirst) {
  const auto asked = ask(buy("k", 3));
  happens(placed("k", 3, 2, 1));
  settle();
  answer(asked, 3, msg::OrderReply{judge_order(1)});
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeOfPlacesTest, AnOrderThatTakesOfAnotherPlaceFirstIsFound) {
  const auto asked = ask(buy("k", 3));
  happens(placed("k", 3, 2, 3));
  settle();
  EXPECT_EQ(verdict(), "") << "the order may have named the place";
  answer(asked, 3, msg::OrderReply{judge_order(1)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfPlacesTest, AnOrderOfAnotherPlaceThanItsLineNamesIsFound) {
  auto request = buy("k", 2);
  request.lines.front().place = "north";
  const auto asked = ask(request);
  happens(placed("k", 2, 3, 0));
  settle();
  answer(asked, 3, msg::OrderReply{judge_order(1)});
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeOfPlacesTest, PiecesThatWereNotThereAreFound) {
  ask(buy("k", 4));
  happens(placed("k", 4, 1, 4));
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfPlacesTest, PiecesThatMainDoesNotHaveAreFound) {
  ask(buy("k", 3));
  happens(placed("k", 3, 2, 0));
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfPlacesTest, ATransferThatMovesAnotherNumberIsFound) {
  const auto asked = ask(transfer("k", 2, "north", {}));
  happens(moved("k", 0, 5, {{"north", Quantity(-1)}}));
  answer(asked, 3, item(3, 5, 2, 1000));
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeOfPlacesTest, APlaceThatTheRequestDoesNotOpenIsFound) {
  const auto asked = ask(transfer("k", 1, {}, "notrh"));
  happens(moved("k", 0, 5, {{"notrh", Quantity(1)}}, true));
  answer(asked, 3, item(3, 5, 3, 1000));
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeOfPlacesTest, APlaceThatNoEventOpensIsFound) {
  ask(transfer("k", 1, {}, "notrh"));
  happens(moved("k", 0, 5, {{"notrh", Quantity(1)}}));
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfPlacesTest, PiecesThatGoBackToAnotherPlaceAreFound) {
  ask(buy("k", 3));
  happens(placed("k", 3, 2, 1));
  ask(msg::Cancel{.key = "c", .no = base::OrderNo(1), .lines = {{{ItemId(1), Quantity(3)}}}});
  happens(msg::OrderCancelled{.key = "c",
                              .no = base::OrderNo(1),
                              .lines = {{ItemId(1), Quantity(3), base::Cents(100), Quantity(5)}},
                              .total = base::Cents(300)});
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfPlacesTest, ACountIsOfItsPlace) {
  msg::CountStock count{.key = "k", .item = ItemId(1), .stock = Quantity(1)};
  count.place = "north";
  const auto asked = ask(count);
  auto counted = moved("k", -2, 3, {{"north", Quantity(-2)}});
  counted.counted = true;
  counted.found = Quantity(1);
  happens(counted);
  answer(asked, 3, item(3, 3, 1, 1000));
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeOfPlacesTest, ARefusalMayTellWhatAPlaceHas) {
  auto request = buy("k", 4);
  request.lines.front().place = "north";
  refuse(ask(request), 2, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(3)});
  refuse(ask(transfer("k2", 4, "north", {})), 2,
         {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(3)});
  EXPECT_EQ(verdict(), "");
  refuse(ask(buy("k3", 4)), 2, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(3)});
  EXPECT_EQ(verdict(), "G4:") << "the order named no place, and there are 5 pieces";
}

TEST_F(JudgeOfPlacesTest, ARefusalOfAKnownPlaceIsFound) {
  answer(ask(msg::Lookup{.item = ItemId(1)}), 2, item(2, 5, 3));
  refuse(ask(transfer("k", 1, {}, "notrh")), 2, {.code = msg::Code::kUnknownPlace, .item = ItemId(1)});
  EXPECT_EQ(verdict(), "");
  refuse(ask(transfer("k2", 1, {}, "north")), 2, {.code = msg::Code::kUnknownPlace, .item = ItemId(1)});
  EXPECT_EQ(verdict(), "G4:");
}

}  // namespace
}  // namespace sim
