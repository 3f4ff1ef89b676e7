// Places: where pieces come from, go to and go back to, and that none of them is made or lost on the way.
#include <gmock/gmock.h>

#include "base/random.h"
#include "msg/places.h"
#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using msg::Code;
using ::testing::HasSubstr;

class PlacesTest : public ::testing::Test, public Shop {
 protected:
  // Item 1 has 3 pieces at `main`, 2 at `annex` and 4 at `north`.
  PlacesTest() {
    given(1, 9);
    when(transfer("t1", 1, 2, {}, "annex", true));
    when(transfer("t2", 1, 4, {}, "north", true));
    commit();
  }
  // "main 3 annex 2 north 4"
  std::string where(std::uint64_t id = 1) const { return told(*outlook().item(base::ItemId(id))); }
  static std::string told(const Outlook::Foreseen& item) {
    auto text = fmt::format("main {}", msg::pieces_at(item.stock, item.places, "main"));
    for (const auto& each : item.places.value_or(msg::Places())) text += fmt::format(" {} {}", each.place, each.pieces);
    return text;
  }
  // "annex 2 north 1": of the lines of an event, one after the other.
  static std::string parts(const std::vector<msg::OrderLine>& lines) {
    std::string text;
    for (const auto& line : lines) {
      text += text.empty() ? "" : ", ";
      std::string part;
      for (const auto& each : line.places.value_or(msg::Places())) {
        part += fmt::format("{}{} {}", part.empty() ? "" : " ", each.place, each.pieces);
      }
      text += part.empty() ? "main" : part;
    }
    return text;
  }
  static msg::Transfer transfer(std::string key, std::uint64_t item, std::int64_t quantity,
                                std::optional<std::string> from, std::optional<std::string> to, bool opens = false) {
    msg::Transfer request{
        std::move(key), base::ItemId(item), base::Quantity(quantity), std::move(from), std::move(to), {}, {}, {}};
    if (opens) request.opens = true;
    return request;
  }
  template <class Change>
  static Change at(Change change, std::string place, bool opens = false) {
    change.place = std::move(place);
    if (opens) change.opens = true;
    return change;
  }
  static msg::DemandLine of(std::string place, std::int64_t quantity, std::uint64_t item = 1) {
    auto demand = line(item, quantity);
    demand.place = std::move(place);
    return demand;
  }
  std::string bought(const std::string& key, std::vector<msg::DemandLine> lines) {
    return parts(happened<msg::OrderPlaced>(when(buy(key, std::move(lines)))).lines);
  }
};

TEST_F(PlacesTest, ATransferConservesTheStock) {
  EXPECT_EQ(where(), "main 3 annex 2 north 4");
  const auto moved = happened<msg::StockMoved>(when(transfer("t3", 1, 2, "north", "annex")));
  EXPECT_EQ(moved.delta, base::Quantity(0));
  EXPECT_EQ(moved.stock, base::Quantity(9));
  EXPECT_EQ(moved.opened, std::nullopt) << "the annex is known";
  EXPECT_EQ(where(), "main 3 annex 4 north 2");
  when(transfer("t4", 1, 2, "north", {}));
  EXPECT_EQ(where(), "main 5 annex 4");
  when(transfer("t5", 1, 4, "annex", "main"));
  EXPECT_EQ(where(), "main 9");
  commit();
  EXPECT_EQ(items().find(base::ItemId(1))->places, std::nullopt);
  EXPECT_EQ(movements().back().kind, msg::MovementKind::kTransferred);
  EXPECT_EQ(movements().back().places, (msg::Places{{"annex", base::Quantity(-4)}}));
}

TEST_F(PlacesTest, NothingIsTransferredThatIsNotThere) {
  EXPECT_EQ(refused(when(transfer("t3", 1, 3, "annex", {})), Code::kOutOfStock).stock, base::Quantity(2));
  EXPECT_EQ(refused(when(transfer("t3", 1, 4, {}, "annex")), Code::kOutOfStock).stock, base::Quantity(3));
  EXPECT_EQ(refused(when(transfer("t3", 1, 1, "nowhere", {})), Code::kOutOfStock).stock, base::Quantity(0));
  refused(when(transfer("t3", 9, 1, {}, "annex")), Code::kUnknownItem);
  auto old = transfer("t3", 1, 1, {}, "annex");
  old.version = base::Seq(1);
  refused(when(old), Code::kVersionChanged);
}

TEST_F(PlacesTest, ATypingErrorMakesNoPlace) {
  EXPECT_THAT(refused(when(transfer("t3", 1, 1, {}, "notrh")), Code::kUnknownPlace).message, HasSubstr("'notrh'"));
  refused(when(at(restock("r", 1, 1), "notrh")), Code::kUnknownPlace);
  refused(when(at(count("c", 1, 1), "notrh")), Code::kUnknownPlace);
  refused(when(at(count("c", 1, 0), "notrh", true)), Code::kUnknownPlace);  // nothing would be there
  EXPECT_EQ(happened<msg::StockMoved>(when(at(restock("r", 1, 1), "south", true))).opened, true);
  EXPECT_EQ(happened<msg::StockMoved>(when(at(restock("r2", 1, 1), "south", true))).opened, std::nullopt);
  EXPECT_EQ(happened<msg::StockMoved>(when(at(restock("r3", 1, 1), "south"))).opened, std::nullopt);
  given(2, 1);
  when(at(restock("r4", 2, 1), "south"));
  EXPECT_EQ(where(2), "main 1 south 1") << "it is known to the whole store";
}

TEST_F(PlacesTest, APlaceWithoutPiecesIsForgotten) {
  when(transfer("t3", 1, 2, "annex", {}));
  refused(when(transfer("t4", 1, 2, {}, "annex")), Code::kUnknownPlace);  // although the transfer is pending
  commit();
  refused(when(transfer("t4", 1, 2, {}, "annex")), Code::kUnknownPlace);
  EXPECT_TRUE(outlook().is_place("north"));
  EXPECT_TRUE(outlook().is_place("main"));
}

TEST_F(PlacesTest, ARestockIsOfItsPlace) {
  when(at(restock("r1", 1, 5), "north"));
  when(at(restock("r2", 1, -2), "annex"));
  when(at(restock("r3", 1, -3), "main"));
  EXPECT_EQ(where(), "main 0 north 9");
  EXPECT_EQ(refused(when(restock("r4", 1, -1)), Code::kOutOfStock).stock, base::Quantity(0));
  EXPECT_EQ(refused(when(at(restock("r4", 1, -10), "north")), Code::kOutOfStock).stock, base::Quantity(9));
}

TEST_F(PlacesTest, ACountIsOfItsPlace) {
  const auto moved = happened<msg::StockMoved>(when(at(count("c1", 1, 1), "north")));
  EXPECT_EQ(moved.delta, base::Quantity(-3));
  EXPECT_EQ(moved.stock, base::Quantity(6));
  EXPECT_EQ(moved.found, base::Quantity(1));
  EXPECT_EQ(where(), "main 3 annex 2 north 1");
  EXPECT_EQ(happened<msg::StockMoved>(when(count("c2", 1, 5))).found, base::Quantity(5)) << "of main";
  EXPECT_EQ(where(), "main 5 annex 2 north 1");
  const auto same = happened<msg::StockMoved>(when(at(count("c3", 1, 2), "annex")));
  EXPECT_EQ(same.places, (msg::Places{{"annex", base::Quantity(0)}})) << "it tells the place that was counted";
  when(at(count("c4", 1, 0), "annex"));
  EXPECT_EQ(where(), "main 5 north 1");
  given(2, 5);
  EXPECT_EQ(happened<msg::StockMoved>(when(count("c5", 2, 4))).found, std::nullopt) << "as in a store with main alone";
}

TEST_F(PlacesTest, AnOrderTakesOfMainFirstAndThenByTheNamesOfThePlaces) {
  EXPECT_EQ(bought("b1", {line(1, 2)}), "main");
  EXPECT_EQ(bought("b2", {line(1, 4), line(1, 1)}), "annex 2 north 1, north 1");
  EXPECT_EQ(where(), "main 0 north 2");
  EXPECT_EQ(refused(when(buy("b3", {line(1, 3)})), Code::kOutOfStock).stock, base::Quantity(2));
  commit();
  EXPECT_EQ(movements().back().places, (msg::Places{{"annex", base::Quantity(-2)}, {"north", base::Quantity(-2)}}));
}

TEST_F(PlacesTest, AnOrderMayNameAPlace) {
  EXPECT_EQ(bought("b1", {of("north", 2)}), "north 2");
  EXPECT_EQ(bought("b2", {of("main", 3)}), "main");
  EXPECT_EQ(refused(when(buy("b3", {of("main", 1)})), Code::kOutOfStock).stock, base::Quantity(0));
  EXPECT_EQ(refused(when(buy("b3", {of("north", 1), of("north", 2)})), Code::kOutOfStock).stock, base::Quantity(2));
  EXPECT_EQ(refused(when(buy("b3", {of("nowhere", 1)})), Code::kOutOfStock).stock, base::Quantity(0));
  EXPECT_EQ(where(), "main 0 annex 2 north 2");
}

TEST_F(PlacesTest, LinesThatNameAPlaceAreServedFirst) {
  EXPECT_EQ(bought("b", {line(1, 5), of("annex", 2), of("main", 2)}), "north 4, annex 2, main");
  EXPECT_EQ(where(), "main 0");
}

TEST_F(PlacesTest, CancelledPiecesGoBackToWhereTheyWereTaken) {
  bought("b", {line(1, 8)});
  commit();
  EXPECT_EQ(where(), "main 0 north 1");
  EXPECT_EQ(parts(happened<msg::OrderCancelled>(when(cancel("c1", 1, Pieces{{1, 4}}))).lines), "annex 1");
  commit();
  EXPECT_EQ(where(), "main 3 annex 1 north 1");
  when(cancel("c2", 1, Pieces{{1, 2}}, msg::CancelKind::kScrap));
  commit();
  EXPECT_EQ(where(), "main 3 annex 1 north 1") << "scrapped pieces go nowhere";
  EXPECT_EQ(parts(happened<msg::OrderCancelled>(when(cancel("c3", 1))).lines), "north 2");
  commit();
  EXPECT_EQ(where(), "main 3 annex 1 north 3");
}

TEST_F(PlacesTest, PiecesGoBackToAPlaceThatIsForgotten) {
  bought("b", {of("annex", 2)});
  commit();
  EXPECT_FALSE(outlook().is_place("annex"));
  when(cancel("c", 1));
  EXPECT_EQ(where(), "main 3 annex 2 north 4");
}

TEST_F(PlacesTest, AHoldKeepsPiecesWhereverTheyAre) {
  when(hold("h", {line(1, 8)}));
  EXPECT_EQ(refused(when(buy("b", {of("north", 2)})), Code::kOutOfStock).stock, base::Quantity(1));
  EXPECT_EQ(bought("b", {of("north", 1)}), "north 1");
  EXPECT_EQ(refused(when(restock("r", 1, -1)), Code::kOutOfStock).stock, base::Quantity(0));
  refused(when(at(count("c", 1, 2), "north")), Code::kOutOfStock);
  when(transfer("t3", 1, 3, {}, "annex"));
  commit();
  EXPECT_EQ(where(), "main 0 annex 5 north 3");
  EXPECT_EQ(parts(happened<msg::HoldConfirmed>(when(confirm("f", 1, Pieces{{1, 6}}))).lines), "annex 5 north 1");
  EXPECT_EQ(where(), "main 0 north 2");
}

TEST_F(PlacesTest, AnItemHasABoundedNumberOfPlaces) {
  given(2, 500);
  for (std::size_t i = 0; i < msg::kPlacesMax; ++i) {
    happened<msg::StockMoved>(when(transfer(fmt::format("k{}", i), 2, 1, {}, fmt::format("p{:02}", i), true)));
  }
  EXPECT_EQ(refused(when(transfer("one more", 2, 1, {}, "annex")), Code::kLimit).item, base::ItemId(2));
  refused(when(at(restock("one more", 2, 1), "annex")), Code::kLimit);
  happened<msg::StockMoved>(when(transfer("instead", 2, 1, "p00", "annex")));
}

TEST_F(PlacesTest, AnOrderComesFromABoundedNumberOfPlaces) {
  std::vector<msg::DemandLine> lines;
  for (std::uint64_t id = 10; id < 10 + 17; ++id) {
    given(id, 0);
    for (std::size_t i = 0; i < 60; ++i) {
      when(at(restock(fmt::format("k{}-{}", id, i), id, 1), fmt::format("p{:02}", i), true));
    }
    lines.push_back(line(id, 60));
  }
  refused(when(buy("b", lines)), Code::kLimit);
  lines.pop_back();
  EXPECT_EQ(happened<msg::OrderPlaced>(when(buy("b", lines))).lines.back().places->size(), 60U);
}

TEST_F(PlacesTest, PlacesAreCheckedBeforeAnythingElse) {
  const std::string long_name(msg::kPlaceBytesMax + 1, 'p');
  refused(when(at(restock("k", 1, 1), "")), Code::kInvalid);
  refused(when(at(count("k", 1, 1), long_name, true)), Code::kInvalid);
  refused(when(transfer("k", 1, 1, "a\nb", {})), Code::kInvalid);
  refused(when(transfer("k", 1, 0, {}, "annex")), Code::kInvalid);
  refused(when(transfer("k", 1, 1, {}, {})), Code::kInvalid);
  refused(when(transfer("k", 1, 1, "annex", "annex")), Code::kInvalid);
  refused(when(transfer("k", 1, 1, {}, "main")), Code::kInvalid);
  refused(when(buy("k", {of(long_name, 1)})), Code::kInvalid);
  EXPECT_THAT(refused(when(sell("k", {of("annex", 1)})), Code::kInvalid).message, HasSubstr("lines[0].place"));
  refused(when(hold("k", {of("annex", 1)})), Code::kInvalid);
}

TEST_F(PlacesTest, ItemsWithOtherPlacesHaveOtherDigests) {
  const auto before = items().digest();
  when(transfer("t3", 1, 1, "north", "annex"));
  commit();
  Items other;
  auto item = *items().find(base::ItemId(1));
  other.put(item);
  EXPECT_EQ(other.digest(), items().digest());
  EXPECT_EQ(other.with_pieces_at("annex"), 1U);
  item.places.reset();
  other.put(item);
  EXPECT_NE(other.digest(), items().digest());
  EXPECT_EQ(other.with_pieces_at("annex"), 0U);
  EXPECT_NE(before, items().digest());
}

TEST_F(PlacesTest, ItemsThatNoEventCanHaveMadeStopTheProcess) {
  const auto item = [&](msg::Places places) {
    msg::Item made{base::ItemId(3), "t", "", base::Cents(1), base::Quantity(5), base::Seq(1)};
    made.places = std::move(places);
    return made;
  };
  Items other;
  EXPECT_DEATH(other.put(item({})), "places=0");
  EXPECT_DEATH(other.put(item({{"annex", base::Quantity(0)}})), "pieces=0");
  EXPECT_DEATH(other.put(item({{"annex", base::Quantity(6)}})), "elsewhere=6");
}

// By the test's own arithmetic: pieces of one item at each place, and of each order by the place that they came from.
class PlacesAtRandom : public PlacesTest {
 protected:
  using Shelf = std::map<std::string, std::int64_t>;

  static void add(Shelf& shelf, const std::string& place, std::int64_t pieces) {
    if ((shelf[place] += pieces) == 0) shelf.erase(place);
  }
  static void add(Shelf& shelf, base::Quantity quantity, const std::optional<msg::Places>& places, std::int64_t sign) {
    auto main = quantity.value();
    for (const auto& each : places.value_or(msg::Places())) {
      add(shelf, each.place, sign * each.pieces.value());
      main -= each.pieces.value();
    }
    add(shelf, "main", sign * main);
  }
  void follow(const msg::Event& event) {
    if (const auto* moved = std::get_if<msg::StockMoved>(&event.what)) add(shelf_, moved->delta, moved->places, 1);
    const auto* placed = std::get_if<msg::OrderPlaced>(&event.what);
    const auto* confirmed = std::get_if<msg::HoldConfirmed>(&event.what);
    if (placed || confirmed) {
      auto& from = orders_[placed ? placed->no : confirmed->no];
      const bool buys = !placed || placed->type == msg::OrderType::kBuy;
      for (const auto& line : placed ? placed->lines : confirmed->lines) {
        add(shelf_, line.quantity, line.places, buys ? -1 : 1);
        if (buys) add(from, line.quantity, line.places, 1);
      }
    }
    if (const auto* cancelled = std::get_if<msg::OrderCancelled>(&event.what)) {
      for (const auto& line : cancelled->lines) {
        add(orders_[cancelled->no], line.quantity, line.places, -1);
        if (cancelled->kind != msg::CancelKind::kScrap) add(shelf_, line.quantity, line.places, 1);
      }
    }
    for (const auto& [place, pieces] : shelf_) EXPECT_GE(pieces, 0) << place;
    for (const auto& [no, from] : orders_) {
      for (const auto& [place, pieces] : from) EXPECT_GE(pieces, 0) << "more went back to " << place << " than came";
    }
  }
  std::string told() const {
    auto text = fmt::format("main {}", shelf_.count("main") > 0 ? shelf_.at("main") : 0);
    for (const auto& [place, pieces] : shelf_) {
      if (place != "main") text += fmt::format(" {} {}", place, pieces);
    }
    return text;
  }

  Shelf shelf_{{"main", 3}, {"annex", 2}, {"north", 4}};
  std::map<base::OrderNo, Shelf> orders_;
};

TEST_F(PlacesAtRandom, PiecesAreConservedAtEveryPlace) {
  base::Random random(4711);
  const auto some_place = [&] {
    static const std::vector<std::string> kPlaces{"main", "annex", "north", "vault"};
    return kPlaces[random.below(kPlaces.size())];
  };
  std::size_t events = 0;
  std::size_t split = 0;
  for (int i = 0; i < 4000; ++i) {
    const auto key = fmt::format("k{}", i);
    const auto pieces = static_cast<std::int64_t>(1 + random.below(5));
    const auto orders = outlook().next_order().value();
    Command command = outcome(key);
    switch (random.below(9)) {
      case 0:
        command = at(restock(key, 1, random.chance(0.7) ? pieces : -pieces), some_place(), random.chance(0.8));
        break;
      case 1:
        command = at(count(key, 1, pieces), some_place(), random.chance(0.8));
        break;
      case 2:
        command = transfer(key, 1, pieces, some_place(), some_place(), random.chance(0.8));
        break;
      case 3:
        command = buy(key, {line(1, pieces), of(some_place(), 1)});
        break;
      case 4:
        command = buy(key, {line(1, pieces)});
        break;
      case 5:
        command = sell(key, {line(1, 1)});
        break;
      case 6:
        command = cancel(key, 1 + random.below(orders), {}, static_cast<msg::CancelKind>(random.below(3)));
        break;
      case 7:
        command = hold(key, {line(1, pieces)}, 5);
        break;
      default:
        command = confirm(key, outlook().holds().last().value());
    }
    if (outlook().must_wait(command)) commit();
    const auto decision = when(command);
    if (const auto* event = std::get_if<msg::Event>(&decision)) {
      ++events;
      follow(*event);
      const auto* placed = std::get_if<msg::OrderPlaced>(&event->what);
      split += placed && placed->lines.front().places ? 1 : 0;
    }
    ASSERT_EQ(where(), told()) << key;
    if (random.chance(0.3)) commit();
    if (random.chance(0.02)) {
      commit();
      lose_epoch();
    }
  }
  EXPECT_GT(events, 1000U);
  EXPECT_GT(split, 50U);
}

}  // namespace
}  // namespace ledger
