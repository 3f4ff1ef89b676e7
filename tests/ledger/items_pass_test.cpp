#include "ledger/items_pass.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace ledger {
namespace {

using base::ItemId;

class ItemsPassTest : public ::testing::Test {
 protected:
  ItemsPassTest() {
    for (std::uint64_t id = 1; id <= 5; ++id) {
      items.put(item(id));
      rows.push_back(item(id));
    }
  }
  static msg::Item item(std::uint64_t id, std::int64_t stock = 5) {
    return {ItemId(id), "title", "topic", base::Cents(100), base::Quantity(stock), base::Seq(1)};
  }
  void lose(std::uint64_t id) {
    std::erase_if(rows, [&](const auto& row) { return row.id == ItemId(id); });
  }
  // One pass in pages of two.
  std::string pass(const std::set<ItemId>& dirty = {}) {
    for (;;) {
      std::vector<msg::Item> page;
      for (const auto& row : rows) {
        if (row.id > items_pass.after() && page.size() < 2) page.push_back(row);
      }
      const bool at_end = page.size() < 2;
      if (const auto fault = items_pass.take(page, at_end, items, dirty)) return *fault;
      if (at_end) return "";
    }
  }

  Items items;
  std::vector<msg::Item> rows;
  ItemsPass items_pass;
};

TEST_F(ItemsPassTest, RowsAsTheyAreInMemoryAreRight) {
  EXPECT_EQ(pass(), "");
  EXPECT_EQ(pass(), "") << "one pass after the other";
}

TEST_F(ItemsPassTest, ALostRowIsFoundWhereverItWas) {
  for (std::uint64_t id = 1; id <= 5; ++id) {
    const auto before = rows;
    lose(id);
    items_pass = {};
    EXPECT_EQ(pass(), fmt::format("items: item {} is not there", id));
    rows = before;
  }
  rows.clear();
  items_pass = {};
  EXPECT_EQ(pass(), "items: item 1 is not there");
}

TEST_F(ItemsPassTest, ARowThatTurnedIsFound) {
  rows[3].stock = base::Quantity(4);
  EXPECT_EQ(pass(), "items: item 4 is not as it was written");
}

TEST_F(ItemsPassTest, ARowThatNobodyAddedIsFound) {
  rows.push_back(item(6));
  EXPECT_EQ(pass(), "items: item 6 is there and was never added");
  lose(6);
  rows.insert(rows.begin(), item(0));
  rows[0].id = ItemId(7);
  std::swap(rows[0], rows[5]);
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  items_pass = {};
  EXPECT_EQ(pass(), "items: item 7 is there and was never added");
}

TEST_F(ItemsPassTest, RowsThatAreYetToBeWrittenAreNotCompared) {
  items.put(item(3, 1));
  lose(4);
  EXPECT_EQ(pass({ItemId(3), ItemId(4)}), "");
}

}  // namespace
}  // namespace ledger
