#include "tasks/places.h"

#include <gtest/gtest.h>

namespace tasks {
namespace {

using base::Quantity;
using Listed = std::optional<msg::Places>;

TEST(Places, ForPeopleTheyHaveMainFirst) {
  EXPECT_EQ(text_of(Quantity(9), msg::Places{{"annex", Quantity(4)}, {"north", Quantity(2)}}),
            "3 at main, 4 at annex, 2 at north");
  EXPECT_EQ(text_of(Quantity(9), {}), "");
  EXPECT_EQ(changes_of({{"annex", Quantity(-4)}, {"north", Quantity(4)}}), "-4 at annex, +4 at north");
}

TEST(Places, ACellIsReadAsItWasWritten) {
  for (const auto& places :
       {Listed(), Listed(msg::Places{{"annex", Quantity(4)}}),
        Listed(msg::Places{{"=", Quantity(1)}, {"a;b\\", Quantity(1'000'000'000)}, {"b c", Quantity(2)}})}) {
    const auto read = read_places(places_cell(places));
    ASSERT_TRUE(read) << places_cell(places);
    EXPECT_EQ(*read, places) << places_cell(places);
  }
  EXPECT_EQ(places_cell(msg::Places{{"annex", Quantity(4)}, {"north", Quantity(7)}}), "annex=4;north=7");
  EXPECT_EQ(read_places("north=7;annex=4").value(), (msg::Places{{"annex", Quantity(4)}, {"north", Quantity(7)}}));
}

TEST(Places, AnotherCellIsRefused) {
  for (const auto* cell : {"annex", "annex=", "annex=x", "annex=0", "annex=-1", "annex=1000000001", ";", "annex=4;",
                           "annex=4;annex=1", "annex=4,north=7"}) {
    EXPECT_FALSE(read_places(cell)) << cell;
  }
}

}  // namespace
}  // namespace tasks
