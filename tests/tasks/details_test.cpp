#include "tasks/details.h"

#include <gtest/gtest.h>

namespace tasks {
namespace {

TEST(Details, ACellIsReadAsItWasWritten) {
  for (const auto& topics : {std::optional<msg::Topics>(), std::optional(msg::Topics{"maps"}),
                             std::optional(msg::Topics{"a;b", "c\\", "="})}) {
    EXPECT_EQ(read_topics(topics_cell(topics)), topics) << topics_cell(topics);
  }
  for (const auto& attributes : {std::optional<msg::Attributes>(), std::optional(msg::Attributes{{"pages", "214"}}),
                                 std::optional(msg::Attributes{{"a=b", "=;\\"}, {"b c", ""}, {"c;\\=", "d"}})}) {
    const auto read = read_attributes(attributes_cell(attributes));
    ASSERT_TRUE(read) << attributes_cell(attributes);
    EXPECT_EQ(*read, attributes) << attributes_cell(attributes);
  }
  EXPECT_EQ(topics_cell(msg::Topics{"maps", "a=b;c"}), "maps;a=b\\;c");
  EXPECT_EQ(attributes_cell(msg::Attributes{{"colour", "red"}, {"pages", "214"}}), "colour=red;pages=214");
  EXPECT_EQ(read_attributes("pages=214;colour=a=b").value(), (msg::Attributes{{"colour", "a=b"}, {"pages", "214"}}));
}

TEST(Details, AnotherCellOfAttributesIsRefused) {
  for (const auto* cell : {"red", "a=1;", ";a=1", "a=1;b", "a=1;a=2", "a\\=1"}) {
    EXPECT_FALSE(read_attributes(cell)) << cell;
  }
}

TEST(Details, AnAttributeOfACommandLineHasANameAndAnyValue) {
  EXPECT_EQ(read_attribute("size=a=b;c").value(), std::pair(std::string("size"), std::string("a=b;c")));
  EXPECT_EQ(read_attribute("size=").value().second, "");
  EXPECT_FALSE(read_attribute("size"));
  EXPECT_FALSE(read_attribute("=b"));
}

TEST(Details, ChangesMakeOneOfTheOther) {
  const msg::Attributes now{{"a", "1"}, {"b", "2"}, {"c", "3"}};
  EXPECT_EQ(changes_of(now, now), std::nullopt);
  EXPECT_EQ(changes_of(msg::Attributes{{"a", "1"}, {"b", "5"}, {"d", "4"}}, now),
            (msg::AttributeChanges{{"b", "5"}, {"c", std::nullopt}, {"d", "4"}}));
  EXPECT_EQ(changes_of(std::nullopt, msg::Attributes{{"a", "1"}}), (msg::AttributeChanges{{"a", std::nullopt}}));
}

}  // namespace
}  // namespace tasks
