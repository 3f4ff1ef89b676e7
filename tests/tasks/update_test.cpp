#include "tasks/update.h"

#include <gtest/gtest.h>

#include <sstream>

namespace {

using base::Cents;
using base::ItemId;
using base::Quantity;

tasks::Catalogue catalogue(const std::string& rows) {
  std::istringstream in("id,title,topic,price,stock\n" + rows);
  auto read = tasks::read_catalogue(in, "f.csv");
  EXPECT_TRUE(read) << (read ? "" : read.error().message);
  return read.value_or(tasks::Catalogue{});
}

class UpdatePlanTest : public testing::Test {
 protected:
  UpdatePlanTest() {
    for (const std::uint64_t id : {1ULL, 2ULL, 3ULL}) {
      msg::Item item;
      item.id = ItemId(id);
      item.title = "T" + std::to_string(id);
      item.topic = "t";
      item.price = Cents(100);
      item.stock = Quantity(5);
      there[item.id] = item;
    }
  }
  tasks::ItemsById there;
};

TEST_F(UpdatePlanTest, TellsWhatIsNewWhatChangesAndWhatStays) {
  const auto plan =
      tasks::plan_update(catalogue("1,T1,t,1.00,5\n2,T2,t,1.50,5\n3,T3,t,1.00,6\n4,T4,t,1.00,1\n"), there, "f.csv");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->same, 1U);
  ASSERT_EQ(plan->to_change.size(), 2U);
  EXPECT_EQ(plan->to_change[0].wanted.price, Cents(150));
  EXPECT_EQ(plan->to_change[1].wanted.stock, Quantity(6));
  EXPECT_FALSE(tasks::edit_of(plan->to_change[0])) << "a price is no edit";
  ASSERT_EQ(plan->to_add.size(), 1U);
  EXPECT_EQ(plan->to_add[0].id, ItemId(4));
}

TEST_F(UpdatePlanTest, WithoutTheColumnTheStockStays) {
  std::istringstream in("id,title,topic,price\n1,T1,t,1.00\n2,T2,t,1.50\n4,T4,t,1.00\n");
  const auto plan = tasks::plan_update(tasks::read_catalogue(in, "f.csv").value(), there, "f.csv");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->same, 1U);
  ASSERT_EQ(plan->to_change.size(), 1U);
  EXPECT_EQ(plan->to_change[0].wanted.stock, Quantity(5));
  ASSERT_EQ(plan->to_add.size(), 1U);
  EXPECT_EQ(plan->to_add[0].stock, Quantity(0));
}

TEST_F(UpdatePlanTest, TermsAreSetIfTheRowTellsThem) {
  msg::Terms two;
  two.per_order = Quantity(2);
  for (const std::uint64_t id : {1ULL, 2ULL, 3ULL}) there[ItemId(id)].terms = two;
  std::istringstream in(
      "id,title,topic,price,stock,terms\n1,T1,t,1.00,5,per_order=3\n2,T2,t,1.00,5,\n3,T3,t,1.00,5,per_order=2\n"
      "4,T4,t,1.00,5,per_order=4\n5,T5,t,1.00,5,\n");
  const auto plan = tasks::plan_update(tasks::read_catalogue(in, "f.csv").value(), there, "f.csv");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->same, 1U);
  ASSERT_EQ(plan->to_change.size(), 2U);
  EXPECT_EQ(tasks::edit_of(plan->to_change[0])->terms->per_order, Quantity(3));
  EXPECT_EQ(tasks::edit_of(plan->to_change[1])->terms, msg::Terms{}) << "an empty cell removes them";
  ASSERT_EQ(plan->to_edit.size(), 1U);
  EXPECT_EQ(plan->to_edit[0].item, ItemId(4));
  EXPECT_EQ(plan->to_edit[0].terms->per_order, Quantity(4));
  const auto silent = tasks::plan_update(catalogue("1,T1,t,1.00,5\n"), there, "f.csv");
  EXPECT_EQ(silent->same, 1U) << "without the column the terms stay";
}

TEST_F(UpdatePlanTest, DetailsAreSetIfTheFileTellsThem) {
  for (const std::uint64_t id : {1ULL, 2ULL}) {
    there[ItemId(id)].description = "Old";
    there[ItemId(id)].topics = msg::Topics{"maps"};
    there[ItemId(id)].attributes = msg::Attributes{{"colour", "red"}, {"pages", "214"}};
  }
  std::istringstream in(
      "id,title,topic,price,stock,description,topics,attributes\n1,T1,t,1.00,5,New,maps;fun,pages=214;size=b\n"
      "2,T2,t,1.00,5,,,\n4,T4,t,1.00,5,New,fun,a=b\n");
  const auto plan = tasks::plan_update(tasks::read_catalogue(in, "f.csv").value(), there, "f.csv");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->to_change.size(), 2U);
  const auto first = *tasks::edit_of(plan->to_change[0]);
  EXPECT_EQ(first.description, "New");
  EXPECT_EQ(first.topics, (msg::Topics{"maps", "fun"}));
  EXPECT_EQ(first.attributes, (msg::AttributeChanges{{"colour", std::nullopt}, {"size", "b"}}));
  const auto second = *tasks::edit_of(plan->to_change[1]);
  EXPECT_EQ(second.description, "") << "an empty cell removes it";
  EXPECT_EQ(second.topics, msg::Topics());
  EXPECT_EQ(second.attributes, (msg::AttributeChanges{{"colour", std::nullopt}, {"pages", std::nullopt}}));
  ASSERT_EQ(plan->to_add.size(), 1U);
  EXPECT_EQ(plan->to_add[0].topics, msg::Topics{"fun"});
  EXPECT_TRUE(plan->to_edit.empty()) << "a new item has them from its addition on";
  const auto silent = tasks::plan_update(catalogue("1,T1,t,1.00,5\n"), there, "f.csv");
  EXPECT_EQ(silent->same, 1U) << "without the columns they stay";
}

TEST_F(UpdatePlanTest, ThresholdsAreSetIfTheRowTellsThem) {
  for (const std::uint64_t id : {1ULL, 2ULL, 3ULL}) there[ItemId(id)].low = Quantity(4);
  std::istringstream in(
      "id,title,topic,price,stock,low\n1,T1,t,1.00,5,3\n2,T2,t,1.00,5,\n3,T3,t,1.00,5,4\n4,T4,t,1.00,5,2\n5,T5,t,1.00,"
      "5,\n");
  const auto plan = tasks::plan_update(tasks::read_catalogue(in, "f.csv").value(), there, "f.csv");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->same, 1U);
  ASSERT_EQ(plan->to_change.size(), 2U);
  EXPECT_EQ(tasks::edit_of(plan->to_change[0])->low, Quantity(3));
  EXPECT_EQ(tasks::edit_of(plan->to_change[1])->low, msg::kNoLow) << "an empty cell removes it";
  ASSERT_EQ(plan->to_edit.size(), 1U);
  EXPECT_EQ(plan->to_edit[0].low, Quantity(2));
}

msg::Places at(const std::string& place, std::int64_t pieces) { return {{place, Quantity(pieces)}}; }

TEST_F(UpdatePlanTest, PlacesAreSetIfTheRowTellsThem) {
  for (const std::uint64_t id : {1ULL, 2ULL, 3ULL}) there[ItemId(id)].places = at("north", 2);
  std::istringstream in(
      "id,title,topic,price,stock,places\n1,T1,t,1.00,5,annex=1;north=4\n2,T2,t,1.00,5,\n3,T3,t,1.00,5,north=2\n"
      "4,T4,t,1.00,5,annex=2;north=1\n5,T5,t,1.00,5,\n");
  const auto read = tasks::read_catalogue(in, "f.csv").value();
  const auto plan = tasks::plan_update(read, there, "f.csv");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->same, 1U);
  ASSERT_EQ(plan->to_change.size(), 2U);
  EXPECT_EQ(plan->to_change[1].wanted.places, std::nullopt) << "an empty cell brings all pieces to main";
  const auto moved = tasks::transfers_of_new({plan->to_add, {}, {}, {}, read.places}, "import");
  ASSERT_EQ(moved.size(), 2U);
  EXPECT_EQ(moved[0].key, "import-place-4-1");
  EXPECT_EQ(moved[0].to, "annex");
  EXPECT_EQ(moved[0].quantity, Quantity(2));
  EXPECT_EQ(moved[1].to, "north");
  EXPECT_EQ(moved[1].opens, true);
  const auto silent = tasks::plan_update(catalogue("1,T1,t,1.00,5\n"), there, "f.csv");
  EXPECT_EQ(silent->same, 1U) << "without the column the places stay";
}

TEST_F(UpdatePlanTest, PiecesGoFromPlaceToPlaceAndOnlyTheRestComesInOrGoes) {
  auto now = there[ItemId(1)];
  now.places = at("annex", 3);
  auto wanted = now;
  wanted.stock = Quantity(6);
  wanted.places = at("north", 6);
  const auto moves = tasks::moves_of(wanted, now);
  ASSERT_EQ(moves.size(), 3U);
  auto stock = now.stock;
  for (const auto& move : moves) {
    if (const auto* restock = std::get_if<msg::Restock>(&move)) stock += restock->delta;
    EXPECT_LE(stock, wanted.stock) << "nobody can buy pieces that are not there";
    EXPECT_GE(stock, now.stock) << "nobody is refused pieces that are there";
  }
  EXPECT_EQ(stock, wanted.stock);
  const auto& from_main = std::get<msg::Transfer>(moves[0]);
  EXPECT_EQ(from_main.from, std::nullopt);
  EXPECT_EQ(from_main.to, "north");
  EXPECT_EQ(from_main.quantity, Quantity(2));
  EXPECT_EQ(from_main.opens, true);
  const auto& from_annex = std::get<msg::Transfer>(moves[1]);
  EXPECT_EQ(from_annex.from, "annex");
  EXPECT_EQ(from_annex.quantity, Quantity(3));
  const auto& rest = std::get<msg::Restock>(moves[2]);
  EXPECT_EQ(rest.place, "north");
  EXPECT_EQ(rest.delta, Quantity(1));
  EXPECT_EQ(tasks::moves_of(now, wanted).size(), 3U);
}

TEST_F(UpdatePlanTest, AStoreWithMainAloneGetsRestocksAsBefore) {
  auto wanted = there[ItemId(1)];
  wanted.stock = Quantity(4);
  const auto plain = tasks::moves_of(wanted, there[ItemId(1)]);
  ASSERT_EQ(plain.size(), 1U);
  const auto& restock = std::get<msg::Restock>(plain[0]);
  EXPECT_EQ(restock.delta, Quantity(-1));
  EXPECT_EQ(restock.place, std::nullopt);
  EXPECT_EQ(restock.opens, std::nullopt);
  EXPECT_EQ(tasks::moves_of(wanted, wanted).size(), 0U);
}

TEST_F(UpdatePlanTest, PlacesAndStockMustFitAlsoIfTheFileTellsOnlyOne) {
  there[ItemId(1)].places = at("annex", 3);
  const auto fault = [&](const std::string& text) {
    std::istringstream in(text);
    const auto read = tasks::read_catalogue(in, "f.csv");
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    const auto plan = tasks::plan_update(read.value_or(tasks::Catalogue{}), there, "f.csv");
    return plan ? std::string() : plan.error().message;
  };
  EXPECT_EQ(fault("id,title,topic,price,places\n1,T1,t,1.00,annex=5\n"), "");
  EXPECT_EQ(
      fault("id,title,topic,price,places\n1,T1,t,1.00,annex=6\n"),
      "f.csv: item 1: 6 pieces are at other places than main, but the stock is 5: tell both, in the columns stock "
      "and places");
  EXPECT_EQ(fault("id,title,topic,price,stock\n1,T1,t,1.00,3\n"), "");
  EXPECT_NE(fault("id,title,topic,price,stock\n1,T1,t,1.00,2\n"), "");
  EXPECT_NE(fault("id,title,topic,price,places\n9,T9,t,1.00,annex=1\n"), "") << "a new item has no pieces";
}

TEST_F(UpdatePlanTest, TitlesAndTopicsAreEdited) {
  there[ItemId(1)].version = base::Seq(7);
  const auto plan = tasks::plan_update(catalogue("1,Other,t,1.00,5\n2,T2,other,9.00,5\n"), there, "f.csv");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->to_change.size(), 2U);
  const auto title = tasks::edit_of(plan->to_change[0]);
  ASSERT_TRUE(title);
  EXPECT_EQ(title->item, ItemId(1));
  EXPECT_EQ(title->title, "Other");
  EXPECT_EQ(title->version, base::Seq(7));
  EXPECT_FALSE(title->topic || title->retired);
  const auto topic = tasks::edit_of(plan->to_change[1]);
  ASSERT_TRUE(topic);
  EXPECT_EQ(topic->topic, "other");
  EXPECT_FALSE(topic->title);
}

TEST_F(UpdatePlanTest, ItemsAreRetiredAndBroughtBackIfTheFileSaysSo) {
  there[ItemId(2)].retired = true;
  there[ItemId(2)].edited = there[ItemId(2)].version;
  std::istringstream in(
      "id,title,topic,price,stock,retired\n1,T1,t,1.00,5,yes\n2,T2,t,1.00,5,no\n3,T3,t,1.00,5,\n4,T4,t,1.00,5,yes\n");
  const auto plan = tasks::plan_update(*tasks::read_catalogue(in, "f.csv"), there, "f.csv");
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->to_change.size(), 2U);
  EXPECT_EQ(tasks::edit_of(plan->to_change[0])->retired, true);
  EXPECT_EQ(tasks::edit_of(plan->to_change[1])->retired, false);
  EXPECT_EQ(plan->same, 1U);
  ASSERT_EQ(plan->to_edit.size(), 1U);
  EXPECT_EQ(plan->to_edit[0].item, ItemId(4));
  EXPECT_EQ(plan->to_edit[0].retired, true);
  EXPECT_FALSE(plan->to_edit[0].terms);
}

TEST_F(UpdatePlanTest, AFileThatDoesNotSayWhetherItemsAreRetiredLeavesThat) {
  there[ItemId(2)].retired = true;
  there[ItemId(2)].edited = there[ItemId(2)].version;
  const auto plan = tasks::plan_update(catalogue("2,T2,t,1.00,5\n"), there, "f.csv");
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->same, 1U);
}

TEST_F(UpdatePlanTest, RowsNeedIds) {
  std::istringstream in("title,topic,price,stock\nA,t,1.00,1\n");
  EXPECT_FALSE(tasks::plan_update(*tasks::read_catalogue(in, "f.csv"), there, "f.csv"));
}

TEST(Faults, OnlyTheFirstAreShown) {
  tasks::Faults faults;
  EXPECT_FALSE(faults.any());
  for (int i = 1; i <= 20; ++i) faults.add("fault " + std::to_string(i));
  EXPECT_EQ(faults.text().find("more faults"), std::string::npos);
  faults.add("fault 21");
  faults.add("fault 22");
  EXPECT_NE(faults.text().find("fault 20\n... and 2 more faults"), std::string::npos);
  EXPECT_EQ(faults.text().find("fault 21"), std::string::npos);
}

}  // namespace
