#include "msg/places.h"

#include <gtest/gtest.h>

namespace msg {
namespace {

using Listed = std::optional<Places>;

Listed some() { return Places{{"annex", Quantity(2)}, {"north", Quantity(3)}}; }

TEST(PlacesTest, TheStockThatIsNotListedIsAtMain) {
  EXPECT_EQ(pieces_at(Quantity(9), some(), "main"), Quantity(4));
  EXPECT_EQ(pieces_at(Quantity(9), some(), "north"), Quantity(3));
  EXPECT_EQ(pieces_at(Quantity(9), some(), "nowhere"), Quantity(0));
  EXPECT_EQ(pieces_at(Quantity(9), {}, "main"), Quantity(9));
  EXPECT_EQ(pieces_at(Quantity(9), {}, "north"), Quantity(0));
  EXPECT_EQ(sum_of(some()), Quantity(5));
  EXPECT_EQ(sum_of({}), Quantity(0));
}

TEST(PlacesTest, PiecesAreTakenOfMainAndThenByTheNamesOfThePlaces) {
  const auto taken_of = [](std::int64_t pieces) { return taken(Quantity(pieces), Quantity(9), some()); };
  EXPECT_EQ(taken_of(4), Places());
  EXPECT_EQ(taken_of(5), (Places{{"annex", Quantity(1)}}));
  EXPECT_EQ(taken_of(7), (Places{{"annex", Quantity(2)}, {"north", Quantity(1)}}));
  EXPECT_EQ(taken_of(9), *some());
  EXPECT_EQ(taken(Quantity(9), Quantity(9), {}), Places());
}

TEST(PlacesTest, AListStaysInItsOrderAndLosesEmptyPlaces) {
  Listed places;
  shift(places, {});
  EXPECT_EQ(places, std::nullopt);
  shift(places, {{"north", Quantity(3)}});
  shift(places, {{"annex", Quantity(2)}});
  EXPECT_EQ(places, some());
  shift(places, {{"annex", Quantity(2)}, {"north", Quantity(1)}}, -1);
  EXPECT_EQ(places, (Places{{"north", Quantity(2)}}));
  shift(places, {{"north", Quantity(-2)}});
  EXPECT_EQ(places, std::nullopt);
  shift(places, {{"north", Quantity(0)}});
  EXPECT_EQ(places, std::nullopt);
  shift(places, {{"north", Quantity(1)}}, -1);
  EXPECT_EQ(places, (Places{{"north", Quantity(-1)}})) << "whoever calls it sees that";
}

TEST(PlacesTest, AllPiecesOfOnePlace) {
  EXPECT_EQ(all_at("main", Quantity(3)), Places());
  EXPECT_EQ(all_at("north", Quantity(3)), (Places{{"north", Quantity(3)}}));
}

}  // namespace
}  // namespace msg
