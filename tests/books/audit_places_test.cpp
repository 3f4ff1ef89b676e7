#include "tests/books/audit_fixture.h"

namespace books {
namespace {

// Item 1 has 5 pieces: 2 at `main` and 3 at `north`.
class AuditPlaces : public AuditStream {
 protected:
  AuditPlaces() { append({added(1, 5), at_places(0, 5, {{"north", base::Quantity(3)}}, true)}); }

  msg::StockMoved at_places(std::int64_t delta, std::int64_t left, msg::Places places, bool opened = false) {
    auto made = moved(1, delta, left);
    made.places = std::move(places);
    if (opened) made.opened = true;
    return made;
  }
  static msg::Places north(std::int64_t pieces) { return {{"north", base::Quantity(pieces)}}; }
  static msg::OrderLine from(msg::Places places, std::int64_t quantity, std::int64_t left) {
    auto made = line(1, quantity, left);
    made.places = std::move(places);
    return made;
  }
  static msg::OrderLine from_north(std::int64_t quantity, std::int64_t left, std::int64_t pieces) {
    return from(north(pieces), quantity, left);
  }
};

TEST_F(AuditPlaces, PiecesThatMoveBetweenPlacesAreRight) {
  append({at_places(0, 5, {{"annex", base::Quantity(1)}, {"north", base::Quantity(-1)}}, true)});
  append({placed(1, {from({{"annex", base::Quantity(1)}, {"north", base::Quantity(1)}}, 4, 1)}, 400)});
  append({cancelled(1, {from({{"annex", base::Quantity(1)}}, 3, 4)}, 300), hold(1, kept(3, 3), 3000)});
  auto sold = confirmed(1, {from({{"annex", base::Quantity(1)}}, 3, 1)}, 300, kept(3, 0));
  sold.no = base::OrderNo(2);
  append({sold, cancelled(2, {line(1, 1, 1)}, 100, msg::CancelKind::kScrap)});
  auto counted = at_places(-1, 0, north(-1));
  counted.counted = true;
  counted.found = base::Quantity(0);
  append({counted});
  auto shown = item(1, 0, next_.value() - 1);
  audit_.shown(shown);
  audit_.all_shown(base::Seq(1));
  expect_all_right();
}

TEST_F(AuditPlaces, AStoreWithMainAloneHasNoSuchCheck) {
  StreamAudit other;
  for (const auto& check : other.checks()) EXPECT_NE(check.name, "places");
}

TEST_F(AuditPlaces, FindsPiecesThatWereNotThere) {
  append({placed(1, {from_north(4, 1, 4)}, 400)});
  expect_fault("places", "seq 5 leaves -1 pieces of item 1 at 'north'");
}

TEST_F(AuditPlaces, FindsPiecesThatWereNotAtMain) {
  append({placed(1, {line(1, 3, 2)}, 300)});
  expect_fault("places", "seq 5 leaves 2 pieces of item 1, and 3 of them at places other than main");
}

TEST_F(AuditPlaces, FindsAPlaceThatNobodyOpened) {
  append({at_places(0, 5, {{"notrh", base::Quantity(1)}})});
  expect_fault("places", "seq 5 brings pieces to 'notrh', which nobody opened");
}

TEST_F(AuditPlaces, FindsAPlaceThatIsOpenedTwice) {
  append({at_places(0, 5, north(1), true)});
  expect_fault("places", "seq 5 opens a place that has pieces, or none");
}

TEST_F(AuditPlaces, FindsPiecesThatGoBackToWhereTheyNeverWere) {
  append({placed(1, {from_north(3, 2, 1)}, 300), cancelled(1, {from_north(2, 4, 2)}, 200)});
  expect_fault("places", "seq 6 takes 2 pieces of item 1 of order 1 back to 'north', which had given 1");
}

TEST_F(AuditPlaces, FindsPiecesThatGoBackToMainAndWereNeverThere) {
  append({placed(1, {from_north(3, 2, 1)}, 300), cancelled(1, {line(1, 3, 5)}, 300)});
  expect_fault("places", "seq 6 takes 3 pieces of item 1 of order 1 back to main, which had given 2");
}

TEST_F(AuditPlaces, FindsScrappedPiecesOfWhereTheyNeverWere) {
  append({placed(1, {line(1, 1, 4)}, 100), cancelled(1, {from_north(1, 4, 1)}, 100, msg::CancelKind::kScrap)});
  expect_fault("places", "back to 'north', which had given 0");
}

// A line that names no place takes from main first. A line with pieces of one place alone may have named it.
TEST_F(AuditPlaces, FindsPiecesOfAnotherPlaceAlthoughMainHadEnough) {
  append({placed(1, {from_north(2, 3, 2)}, 200), placed(2, {line(1, 2, 1)}, 200), sold(3, {line(1, 4, 5)}, 400)});
  expect_all_right();
  append({placed(4, {from_north(2, 3, 1)}, 200)});
  expect_fault("places", "seq 8 takes item 1 from other places than the rule says");
}

TEST_F(AuditPlaces, FindsPiecesOfALaterPlaceAlthoughAnEarlierOneHadSome) {
  append({at_places(0, 5, {{"annex", base::Quantity(1)}, {"north", base::Quantity(-1)}}, true)});
  append({placed(1, {from_north(3, 2, 1)}, 300)});
  expect_fault("places", "seq 6 takes item 1 from other places than the rule says");
}

TEST_F(AuditPlaces, LinesThatNameAPlaceAreServedFirst) {
  append({placed(1, {from_north(2, 3, 2), line(1, 2, 1)}, 400)});
  expect_all_right();
  append({sold(2, {line(1, 4, 5)}, 400), placed(3, {from_north(3, 2, 1), line(1, 1, 1)}, 400)});
  expect_fault("places", "seq 7 takes item 1 from other places than the rule says");
}

TEST_F(AuditPlaces, FindsAConfirmationOfAnotherPlaceAlthoughMainHadEnough) {
  append({hold(1, kept(1, 1), 3000), confirmed(1, {from_north(1, 4, 1)}, 100, kept(1, 0))});
  expect_fault("places", "seq 6 takes item 1 from other places than the rule says");
}

TEST_F(AuditPlaces, FindsPiecesThatGoBackToAnotherPlaceBeforeMain) {
  append({placed(1, {from_north(3, 2, 1)}, 300), cancelled(1, {from_north(1, 3, 1)}, 100)});
  expect_fault("places", "seq 6 takes item 1 of order 1 back to other places than the rule says");
}

TEST_F(AuditPlaces, FindsWhatIsSoldToAnotherPlaceThanMain) {
  append({sold(1, {from_north(1, 6, 1)}, 100)});
  expect_fault("places", "seq 5 takes item 1 in at another place than main");
}

TEST_F(AuditPlaces, FindsACountOfWhatIsNotThere) {
  auto counted = at_places(-1, 4, north(-1));
  counted.counted = true;
  counted.found = base::Quantity(1);
  append({counted});
  expect_fault("places", "seq 5 says that 1 pieces of item 1 were found, but it leaves 2 at the place");
}

TEST_F(AuditPlaces, FindsACountOfMainWhichIsNotThere) {
  auto counted = moved(1, -1, 4);
  counted.counted = true;
  counted.found = base::Quantity(4);
  append({counted});
  expect_fault("places", "seq 5 says that 4 pieces of item 1 were found, but it leaves 1 at the place");
}

TEST_F(AuditPlaces, FindsListsThatCannotBe) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  for (const auto& places : {msg::Places{{"", base::Quantity(1)}}, msg::Places{{"main", base::Quantity(1)}},
                             msg::Places{{"b", base::Quantity(1)}, {"a", base::Quantity(1)}}, north(kMost),
                             north(std::numeric_limits<std::int64_t>::min()),
                             msg::Places{{"a", base::Quantity(kMost)}, {"b", base::Quantity(kMost)}}}) {
    append({at_places(0, 5, places, true)});
  }
  expect_fault("places", "seq 5 cannot move item 1 at these places");
}

TEST_F(AuditPlaces, FindsPartsThatAreMoreThanTheirLine) {
  append({placed(1, {from_north(1, 4, 2)}, 100)});
  expect_fault("places", "seq 5 cannot move item 1 at these places");
}

TEST_F(AuditPlaces, FindsAnItemThatIsShownAtOtherPlaces) {
  audit_.shown(item(1, 5, 4));
  audit_.all_shown(base::Seq(1));
  expect_fault("catalog", "3 at 'north'");
}

}  // namespace
}  // namespace books
