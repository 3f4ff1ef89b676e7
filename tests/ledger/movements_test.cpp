// Movements: which rows each event makes, and that they add up.
#include "ledger/movements.h"

#include <gmock/gmock.h>

#include <functional>
#include <set>

#include "base/random.h"
#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using msg::MovementKind;
using ::testing::ElementsAre;

// "1 bought -2 = 3, held +0 = 1, order 7, hold 0": what a row says but for its seq and its time.
std::string told(const msg::Movement& movement) {
  const auto pieces = [](const std::optional<base::Quantity>& of) { return of.value_or(base::Quantity()).value(); };
  return fmt::format("{} {} {:+} = {}, held {:+} = {}, order {}, hold {}", movement.item, msg::word(movement.kind),
                     movement.delta.value(), movement.stock, pieces(movement.held_delta), pieces(movement.held),
                     movement.order.value_or(base::OrderNo()), movement.hold.value_or(base::HoldNo()));
}

class MovementsTest : public ::testing::Test, public Shop {
 protected:
  MovementsTest() {
    given(1, 5);
    given(2, 9);
  }
  // The rows of this command.
  std::vector<std::string> moved(const Command& command) {
    const auto before = movements().size();
    when(command);
    commit();
    std::vector<std::string> rows;
    for (std::size_t i = before; i < movements().size(); ++i) rows.push_back(told(movements()[i]));
    return rows;
  }
};

TEST_F(MovementsTest, EachEventTellsWhatItMoved) {
  EXPECT_THAT(
      moved(add("a", {new_item(7, 3), new_item(8, 0)})),
      ElementsAre("7 added +3 = 3, held +0 = 0, order 0, hold 0", "8 added +0 = 0, held +0 = 0, order 0, hold 0"));
  EXPECT_THAT(moved(restock("r", 1, -2)), ElementsAre("1 restocked -2 = 3, held +0 = 0, order 0, hold 0"));
  EXPECT_THAT(moved(count("c", 1, 6)), ElementsAre("1 counted +3 = 6, held +0 = 0, order 0, hold 0"));
  EXPECT_THAT(moved(count("c2", 1, 6)), ElementsAre("1 counted +0 = 6, held +0 = 0, order 0, hold 0"));
  EXPECT_THAT(moved(buy("b", {line(1, 1), line(2, 1)})), ElementsAre("1 bought -1 = 5, held +0 = 0, order 1, hold 0",
                                                                     "2 bought -1 = 8, held +0 = 0, order 1, hold 0"));
  EXPECT_THAT(moved(sell("s", {line(1, 4)})), ElementsAre("1 sold +4 = 9, held +0 = 0, order 2, hold 0"));
  EXPECT_THAT(moved(price("p", 1, 200)), ElementsAre());
  EXPECT_THAT(moved(retitle("e", 1, "another")), ElementsAre());
  EXPECT_THAT(moved(outcome("void")), ElementsAre());
}

TEST_F(MovementsTest, AnEventMovesAnItemOnce) {
  EXPECT_THAT(
      moved(buy("b", {line(1, 1), line(2, 1), line(1, 2)})),
      ElementsAre("1 bought -3 = 2, held +0 = 0, order 1, hold 0", "2 bought -1 = 8, held +0 = 0, order 1, hold 0"));
}

TEST_F(MovementsTest, PiecesThatAreTakenBackSayHow) {
  moved(buy("b", {line(1, 5)}));
  EXPECT_THAT(moved(cancel("c", 1, Pieces{{1, 2}})), ElementsAre("1 cancelled +2 = 2, held +0 = 0, order 1, hold 0"));
  EXPECT_THAT(moved(cancel("r", 1, Pieces{{1, 1}}, msg::CancelKind::kReturn)),
              ElementsAre("1 returned +1 = 3, held +0 = 0, order 1, hold 0"));
  EXPECT_THAT(moved(cancel("s", 1, Pieces{{1, 1}}, msg::CancelKind::kScrap)),
              ElementsAre("1 scrapped +0 = 3, held +0 = 0, order 1, hold 0"));
}

TEST_F(MovementsTest, AHoldMovesWhatIsHeld) {
  EXPECT_THAT(moved(hold("h1", {line(1, 2), line(2, 3)})), ElementsAre("1 held +0 = 5, held +2 = 2, order 0, hold 1",
                                                                       "2 held +0 = 9, held +3 = 3, order 0, hold 1"));
  EXPECT_THAT(moved(extend("x", 1, 2000)), ElementsAre());
  EXPECT_THAT(moved(confirm("c", 1, Pieces{{2, 1}})), ElementsAre("1 confirmed +0 = 5, held -2 = 0, order 1, hold 1",
                                                                  "2 confirmed -1 = 8, held -3 = 0, order 1, hold 1"));
  moved(hold("h2", {line(1, 2)}));
  EXPECT_THAT(moved(release("l", 2)), ElementsAre("1 released +0 = 5, held -2 = 0, order 0, hold 2"));
  moved(hold("h3", {line(1, 1)}, 10));
  wait(10);
  EXPECT_THAT(moved(outcome("later")), ElementsAre("1 expired +0 = 5, held -1 = 0, order 0, hold 3"));
}

TEST_F(MovementsTest, TheReasonIsThatOfTheRequest) {
  auto because = restock("r", 1, 1);
  because.reason = "found";
  moved(because);
  EXPECT_EQ(movements().back().reason, "found");
  because.key = "r2";
  because.reason = "";
  moved(because);
  EXPECT_EQ(movements().back().reason, std::nullopt);
  moved(buy("b", {line(1, 1)}));
  auto late = cancel("c", 1);
  late.reason = "late";
  moved(late);
  EXPECT_EQ(movements().back().reason, "late");
}

TEST_F(MovementsTest, ARowHasTheSeqTheTimeAndTheActorOfItsEvent) {
  msg::Event event{4711, msg::StockMoved{"k", 0, base::ItemId(1), base::Quantity(0), base::Quantity(5), ""}};
  event.by = base::Seq(3);
  const auto rows = movements_of(event, base::Seq(9), items());
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].seq, base::Seq(9));
  EXPECT_EQ(rows[0].at, 4711);
  EXPECT_EQ(rows[0].by, base::Seq(3));
}

TEST_F(MovementsTest, TheMovementsOfAnItemAddUpToItsStock) {
  base::Random random(4711);
  for (int i = 0; i < 2000; ++i) {
    const auto key = fmt::format("k{}", i);
    const auto item = 1 + random.below(2);
    const auto pieces = static_cast<std::int64_t>(1 + random.below(4));
    switch (random.below(9)) {
      case 0:
        when(restock(key, item, random.below(2) == 0 ? pieces : -pieces));
        break;
      case 1:
        when(count(key, item, static_cast<std::int64_t>(random.below(12))));
        break;
      case 2:
        when(cancel(key, 1 + random.below(20), {}, msg::CancelKind(random.below(3))));
        break;
      case 3:
        when(sell(key, {line(item, pieces)}));
        break;
      case 4:
        when(hold(key, {line(item, pieces)}, static_cast<std::uint32_t>(1 + random.below(9))));
        break;
      case 5:
        when(confirm(key, 1 + random.below(40)));
        break;
      case 6:
        when(release(key, 1 + random.below(40)));
        break;
      default:
        when(buy(key, {line(item, pieces), line(3 - item, 1)}));
    }
    commit();
  }
  std::map<base::ItemId, msg::Movement> last;
  for (const auto& movement : movements()) {
    const auto before = last.find(movement.item);
    ASSERT_TRUE(before == last.end() ? begins(movement) : follows(movement, before->second)) << told(movement);
    last[movement.item] = movement;
  }
  for (const std::uint64_t id : {1U, 2U}) {
    EXPECT_EQ(last.at(base::ItemId(id)).stock.value(), stock(id));
    EXPECT_EQ(last.at(base::ItemId(id)).held.value_or(base::Quantity()).value(), held(id));
  }
  EXPECT_GT(movements().size(), 1000U);
}

msg::Movement row() {
  return {.item = base::ItemId(1),
          .seq = base::Seq(9),
          .at = 4711,
          .kind = MovementKind::kBought,
          .delta = base::Quantity(-2),
          .stock = base::Quantity(3),
          .order = base::OrderNo(7)};
}

TEST(Movements, ARowFollowsTheOneBeforeIt) {
  const auto later = row();
  msg::Movement before{.item = base::ItemId(1), .seq = base::Seq(8), .stock = base::Quantity(5)};
  EXPECT_TRUE(follows(later, before));
  before.stock = base::Quantity(4);
  EXPECT_FALSE(follows(later, before));
  before.stock = base::Quantity(5);
  before.held = base::Quantity(1);
  EXPECT_FALSE(follows(later, before));
  before.held.reset();
  before.seq = base::Seq(9);
  EXPECT_FALSE(follows(later, before));
  before.seq = base::Seq(8);
  before.item = base::ItemId(2);
  EXPECT_FALSE(follows(later, before));
}

TEST(Movements, TheFirstRowOfAnItemBringsAllItsPieces) {
  msg::Movement first{.item = base::ItemId(1), .delta = base::Quantity(5), .stock = base::Quantity(5)};
  EXPECT_TRUE(begins(first));
  first.kind = MovementKind::kCarried;
  EXPECT_TRUE(begins(first));
  first.held = first.held_delta = base::Quantity(1);
  EXPECT_TRUE(begins(first));
  first.held_delta.reset();
  EXPECT_FALSE(begins(first));
  first.held.reset();
  first.delta = base::Quantity(4);
  EXPECT_FALSE(begins(first));
  first.delta = base::Quantity(5);
  first.kind = MovementKind::kRestocked;
  EXPECT_FALSE(begins(first));
}

// These values are stored beside the rows. They were computed independently, in Python.
TEST(MovementDigest, IsTheSameForEver) {
  EXPECT_EQ(row_digest(row()), 12729751867321398950U);
  auto whole = row();
  whole.kind = MovementKind::kConfirmed;
  whole.held_delta = base::Quantity(-2);
  whole.held = base::Quantity(1);
  whole.hold = base::HoldNo(4);
  whole.reason = "found";
  whole.by = base::Seq(3);
  EXPECT_EQ(row_digest(whole), 15000333824975273616U);
}

TEST(MovementDigest, DiffersWithEveryField) {
  const std::vector<std::function<void(msg::Movement&)>> changes{[](auto& m) { m.item = base::ItemId(2); },
                                                                 [](auto& m) { m.seq = base::Seq(10); },
                                                                 [](auto& m) { ++m.at; },
                                                                 [](auto& m) { m.kind = MovementKind::kSold; },
                                                                 [](auto& m) { m.delta = base::Quantity(2); },
                                                                 [](auto& m) { m.stock = base::Quantity(4); },
                                                                 [](auto& m) { m.held_delta = base::Quantity(1); },
                                                                 [](auto& m) { m.held = base::Quantity(1); },
                                                                 [](auto& m) { m.order = base::OrderNo(8); },
                                                                 [](auto& m) { m.hold = base::HoldNo(7); },
                                                                 [](auto& m) { m.reason = "r"; },
                                                                 [](auto& m) { m.by = base::Seq(7); }};
  std::set<std::uint64_t> digests{row_digest(row())};
  for (const auto& change : changes) {
    auto other = row();
    change(other);
    EXPECT_TRUE(digests.insert(row_digest(other)).second);
  }
}

}  // namespace
}  // namespace ledger
