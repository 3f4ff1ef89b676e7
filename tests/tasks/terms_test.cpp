#include "tasks/terms.h"

#include <gtest/gtest.h>

#include "base/time_text.h"

namespace {

using base::Quantity;

msg::Terms every_rule() { return {Quantity(2), Quantity(1), 86'400'000, 1'700'000'000'000, 1'800'000'000'123}; }

TEST(Terms, AreToldToPeople) {
  EXPECT_EQ(
      tasks::text_of(every_rule()),
      "at most 2 in an order, at most 1 for each customer in 1d, for sale from 2023-11-14T22:13:20.000Z, for sale "
      "until 2027-01-15T08:00:00.123Z");
  EXPECT_EQ(tasks::text_of({}), "");
}

TEST(Terms, AreReadAsTheyAreWritten) {
  EXPECT_EQ(tasks::cell_of(every_rule()),
            "per_order=2 per_customer=1 window=1d from=2023-11-14T22:13:20.000Z until=2027-01-15T08:00:00.123Z");
  EXPECT_EQ(tasks::read_terms(tasks::cell_of(every_rule())).value(), every_rule());
  EXPECT_EQ(tasks::read_terms("").value(), msg::Terms{});
  EXPECT_EQ(tasks::cell_of({}), "");
  const auto some = tasks::read_terms("until=2023-11-14T22:13  window=90m per_customer=3").value();
  EXPECT_EQ(some, (msg::Terms{{}, Quantity(3), 5'400'000, {}, 1'699'999'980'000}));
}

TEST(Terms, AWindowHasTheLargestUnitThatFits) {
  for (const auto* text : {"1ms", "1500ms", "90s", "5m", "36h", "7d", "366d"}) {
    const auto terms = tasks::read_terms(std::string("per_customer=1 window=") + text).value();
    EXPECT_EQ(base::span_text(*terms.window), text);
  }
}

TEST(Terms, FaultyCellsAreRefused) {
  for (const auto* cell : {"per_order", "per_order=", "per_order=x", "per_order=-1", "per_order=1 per_order=1",
                           "per_order=99999999999", "window=5", "window=h", "window=5w", "from=soon", "at=5"}) {
    EXPECT_FALSE(tasks::read_terms(cell)) << cell;
  }
}

}  // namespace
