// Tests of the judge: edits of items, and the levels at which they are low.
#include "tests/sim/judge_fixture.h"

namespace sim {
namespace {

using base::ItemId;
using base::Quantity;
using base::Seq;

msg::Item as_edited(msg::ItemReply reply, std::uint64_t edited, const std::string& title, bool retired = false) {
  reply.item.edited = Seq(edited);
  reply.item.title = title;
  if (retired) reply.item.retired = true;
  return reply.item;
}

TEST_F(JudgeTest, AnEditedItemIsFoundByItsNewTitleAlone) {
  const auto edit = ask(msg::EditItem{.key = "e", .item = ItemId(1), .title = "New"});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .title = "New"});
  const auto edited = as_edited(item(2, 5), 2, "New");
  answer(edit, 2, msg::ItemReply{edited, 1000, {}});
  answer(ask(msg::Lookup{.title = "new"}), 2, msg::ItemReply{edited, {}, {}});
  refuse(ask(msg::Lookup{.title = "xen"}), 2, {.code = msg::Code::kUnknownItem});
  answer(ask(msg::Search{.text = "xen"}), 2, msg::ItemsReply{});
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Lookup{.title = "xen"}), 2, msg::ItemReply{edited, {}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ASearchThatMissesAnEditIsFound) {
  const auto edit = ask(msg::EditItem{.key = "e", .item = ItemId(1), .retired = true});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .retired = true});
  const auto retired = as_edited(item(2, 5), 2, "Xen", true);
  answer(edit, 2, msg::ItemReply{retired, 1000, {}});
  answer(ask(msg::Search{}), 2, msg::ItemsReply{});
  answer(ask(msg::Search{.retired = true}), 2, msg::ItemsReply{{retired}, {}});
  answer(ask(msg::Lookup{.item = ItemId(1)}), 2, msg::ItemReply{retired, {}, {}});
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Search{}), 1, msg::ItemsReply{{item(1, 5).item}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARetiredItemThatIsSoldIsFound) {
  ask(msg::EditItem{.key = "e", .item = ItemId(1), .retired = true});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .retired = true});
  ask(buy("k", 2));
  bought("k", 1, 2, 3);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeTest, NotForSaleIsTrueOnlyWhileAnItemIsRetired) {
  ask(msg::EditItem{.key = "e", .item = ItemId(1), .retired = true});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .retired = true});
  refuse(ask(buy("k", 2)), 2, {.code = msg::Code::kNotForSale, .item = ItemId(1)});
  const auto back = ask(msg::EditItem{.key = "b", .item = ItemId(1), .retired = false});
  happens(msg::ItemEdited{.key = "b", .item = ItemId(1), .retired = false});
  answer(back, 3, msg::ItemReply{as_edited(item(3, 5), 3, "Xen"), 1000, {}});
  EXPECT_EQ(verdict(), "");
  refuse(ask(buy("k2", 2)), 3, {.code = msg::Code::kNotForSale, .item = ItemId(1)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ASearchThatMissesAFurtherTopicIsFound) {
  const auto edit = ask(msg::EditItem{.key = "e", .item = ItemId(1), .topics = msg::Topics{"maps"}});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .topics = msg::Topics{"maps"}, .topics_was = msg::Topics{}});
  auto edited = as_edited(item(2, 5), 2, "Xen");
  edited.topics = msg::Topics{"maps"};
  answer(edit, 2, msg::ItemReply{edited, 1000, {}});
  answer(ask(msg::Search{.topic = "MAPS"}), 2, msg::ItemsReply{{edited}, {}});
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Search{.topic = "MAPS"}), 2, msg::ItemsReply{});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnEditThatTakesMoreAttributesThanItNamesIsFound) {
  const auto changes = [](const std::string& key, const std::string& name) {
    return msg::EditItem{.key = key, .item = ItemId(1), .attributes = msg::AttributeChanges{{name, "v"}}};
  };
  ask(changes("e", "a"));
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .attributes = msg::Attributes{{"a", "v"}}});
  const auto second = ask(changes("f", "b"));
  happens(msg::ItemEdited{.key = "f", .item = ItemId(1), .attributes = msg::Attributes{{"b", "v"}}});
  auto edited = as_edited(item(3, 5), 3, "Xen");
  edited.attributes = msg::Attributes{{"b", "v"}};
  answer(second, 3, msg::ItemReply{edited, 1000, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AnEditIsRefusedOnlyIfItsResultIsNotWithinTheLimits) {
  const auto refused = [&](const std::string& key, std::vector<std::string> rules) {
    msg::EditItem edit{.key = key, .item = ItemId(1), .terms = msg::Terms{}};
    edit.terms->window = 1000;
    edit.rules = std::move(rules);
    refuse(ask(edit), 1, {.code = msg::Code::kLimit, .item = ItemId(1)});
    return verdict();
  };
  EXPECT_EQ(refused("e", {"window"}), "") << "a window alone is no terms";
  msg::EditItem edit{.key = "f", .item = ItemId(1), .attributes = msg::AttributeChanges{{"a", "v"}}};
  refuse(ask(edit), 1, {.code = msg::Code::kLimit, .item = ItemId(1)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, AChangeBeforeAnEditIsAnsweredWithTheItemOfNow) {
  const msg::Restock restock{.key = "r", .item = ItemId(1), .delta = Quantity(5)};
  const auto first = ask(restock);
  happens(msg::StockMoved{.key = "r", .item = ItemId(1), .delta = Quantity(5), .stock = Quantity(10)});
  answer(first, 2, left(2, 10));
  ask(msg::EditItem{.key = "e", .item = ItemId(1), .title = "New"});
  happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .title = "New"});
  answer(ask(restock), 3, msg::ItemReply{as_edited(item(3, 10), 3, "New"), {}, {}});
  EXPECT_EQ(verdict(), "");
  auto mixed = left(2, 10);
  mixed.item = as_edited(mixed, 3, "New");
  answer(ask(restock), 3, mixed);
  EXPECT_EQ(verdict(), "G4:");
}

class LevelsJudgeTest : public JudgeTest {
 protected:
  void given_threshold(std::int64_t low) {
    ask(msg::EditItem{.key = "e", .item = ItemId(1), .low = Quantity(low)});
    happens(msg::ItemEdited{.key = "e", .item = ItemId(1), .low = Quantity(low)});
  }
};

TEST_F(LevelsJudgeTest, AListOfLowItemsShowsThoseThatTheStreamHasTold) {
  given_threshold(5);
  happens(msg::StockLow{ItemId(1), Quantity(5), Quantity(5)});
  auto low = as_edited(item(2, 5), 2, "Xen");
  low.low = Quantity(5);
  answer(ask(msg::Search{.low = true}), 3, msg::ItemsReply{{low}, {}});
  EXPECT_EQ(verdict(), "");
  answer(ask(msg::Search{.low = true}), 3, msg::ItemsReply{});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(LevelsJudgeTest, ALevelThatIsNotToldBeforeTheNextOrderIsFound) {
  given_threshold(5);
  ask(buy("k", 2));
  bought("k", 1, 2, 3);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(LevelsJudgeTest, AWrongLevelIsFound) {
  given_threshold(4);
  happens(msg::StockLow{ItemId(1), Quantity(4), Quantity(4)});
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

}  // namespace
}  // namespace sim
