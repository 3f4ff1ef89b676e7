// The table of published figures.
#include "lab/published.h"

#include <gmock/gmock.h>

namespace lab {
namespace {

std::vector<std::string> texts(const std::vector<Cell>& row) {
  std::vector<std::string> all;
  for (const auto& cell : row) all.push_back(text_of(cell));
  return all;
}

TEST(LabPublished, OursAreBesideThePublishedOnesOfTheExperiment) {
  const auto table = beside_published('c', {{"hit", 0.19}, {"miss", 0.5}});
  ASSERT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.name, "c-published");
  EXPECT_THAT(texts(table.rows[0]), testing::ElementsAre("hit", "2020", "1.9", "0.190", "10.000"));
  EXPECT_THAT(texts(table.rows[1]), testing::ElementsAre("miss", "2020", "9.04", "0.500", "18.080"));
}

TEST(LabPublished, ARangeIsComparedByItsMiddle) {
  const auto table = beside_published('b', {{"request, no cache, over all p", 0.597}});
  ASSERT_EQ(table.rows.size(), 1U);
  EXPECT_THAT(texts(table.rows[0]),
              testing::ElementsAre("request, no cache, over all p", "2022", "57 to 62.4", "0.597", "100.000"));
}

TEST(LabPublished, AFigureThatWasNotMeasuredHasNoRow) {
  EXPECT_TRUE(beside_published('c', {}).rows.empty());
  EXPECT_EQ(beside_published('c', {{"hit", 0}, {"miss", 1}}).rows.size(), 1U);
}

}  // namespace
}  // namespace lab
