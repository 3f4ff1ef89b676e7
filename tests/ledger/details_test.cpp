// Descriptions, further topics and attributes, and edits of single rules of sale.
#include "ledger/repeat.h"
#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using msg::Code;

class DetailsTest : public ::testing::Test, public Shop {
 protected:
  DetailsTest() { given(1, 5); }

  static msg::EditItem edit(std::string key) { return {.key = std::move(key), .item = base::ItemId(1)}; }
  static msg::EditItem with_attributes(std::string key, msg::AttributeChanges changes) {
    auto request = edit(std::move(key));
    request.attributes = std::move(changes);
    return request;
  }
  static msg::EditItem with_topics(std::string key, msg::Topics topics) {
    auto request = edit(std::move(key));
    request.topics = std::move(topics);
    return request;
  }
  static msg::EditItem described(std::string key, std::string text) {
    auto request = edit(std::move(key));
    request.description = std::move(text);
    return request;
  }
  static msg::EditItem with_rules(std::string key, const msg::Terms& terms, std::vector<std::string> names) {
    auto request = set_terms(std::move(key), 1, terms);
    request.rules = std::move(names);
    return request;
  }
  const msg::Item& item() const { return *items().find(base::ItemId(1)); }
  std::string why_invalid(const Command& command) { return refused(when(command), Code::kInvalid).message; }
};

TEST_F(DetailsTest, ANewItemHasWhatItsRequestTells) {
  auto wanted = new_item(2, 5);
  wanted.description = "One line\nand another";
  wanted.topics = msg::Topics{"maps", "travel"};
  wanted.attributes = msg::Attributes{{"pages", "214"}};
  const auto request = add("k", {wanted});
  happened<msg::ItemsAdded>(when(request));
  commit();
  const auto& added = *items().find(base::ItemId(2));
  EXPECT_EQ(added.description, wanted.description);
  EXPECT_EQ(added.topics, wanted.topics);
  EXPECT_EQ(added.attributes, wanted.attributes);
  const auto again = std::get<KeyRecord>(when(request));
  EXPECT_EQ(answer_again(request, again, items()).items, std::vector{added});
}

TEST_F(DetailsTest, AnEditGivesAndRemovesADescription) {
  happened<msg::ItemEdited>(when(described("k1", "A text")));
  commit();
  EXPECT_EQ(item().description.value_or(""), "A text");
  EXPECT_EQ(item().edited, item().version);
  happened<msg::ItemEdited>(when(described("k2", "")));
  commit();
  EXPECT_EQ(item().description, std::nullopt);
}

TEST_F(DetailsTest, TopicsAreReplacedAndTheEventTellsThoseBefore) {
  EXPECT_EQ(happened<msg::ItemEdited>(when(with_topics("k1", {"maps"}))).topics_was, msg::Topics());
  EXPECT_EQ(happened<msg::ItemEdited>(when(with_topics("k2", {"travel", "fun"}))).topics_was, msg::Topics{"maps"})
      << "the edit before is pending";
  commit();
  EXPECT_EQ(item().topics, (msg::Topics{"travel", "fun"}));
  EXPECT_EQ(item().topic, "a topic") << "the first one stays";
  happened<msg::ItemEdited>(when(with_topics("k3", {})));
  commit();
  EXPECT_EQ(item().topics, std::nullopt);
}

TEST_F(DetailsTest, AttributesChangeOneByOneAlsoOverPendingEdits) {
  happened<msg::ItemEdited>(when(with_attributes("k1", {{"colour", "red"}, {"pages", "214"}})));
  const auto second = happened<msg::ItemEdited>(when(with_attributes("k2", {{"colour", std::nullopt}, {"size", ""}})));
  EXPECT_EQ(second.attributes, (msg::Attributes{{"pages", "214"}, {"size", ""}}));
  commit();
  EXPECT_EQ(item().attributes, second.attributes);
  happened<msg::ItemEdited>(when(with_attributes("k3", {{"none", std::nullopt}})));
  lose_epoch();
  happened<msg::ItemEdited>(when(with_attributes("k4", {{"pages", std::nullopt}, {"size", std::nullopt}})));
  commit();
  EXPECT_EQ(item().attributes, std::nullopt);
}

TEST_F(DetailsTest, AnItemHasAtMostItsNumberOfAttributes) {
  msg::AttributeChanges many;
  for (std::size_t i = 0; i < msg::kAttributesMax; ++i) many[fmt::format("n{}", i)] = "v";
  happened<msg::ItemEdited>(when(with_attributes("k1", many)));
  EXPECT_EQ(refused(when(with_attributes("k2", {{"more", "v"}})), Code::kLimit).item, base::ItemId(1));
  happened<msg::ItemEdited>(when(with_attributes("k3", {{"more", "v"}, {"n0", std::nullopt}})));
}

TEST_F(DetailsTest, SingleRulesChangeAndTheOthersStay) {
  happened<msg::ItemEdited>(when(set_terms("k1", 1, per_customer(3, 100))));
  msg::Terms wanted;
  wanted.per_order = base::Quantity(2);
  happened<msg::ItemEdited>(when(with_rules("k2", wanted, {"per_order"})));
  wanted = per_customer(3, 100);
  wanted.per_order = base::Quantity(2);
  commit();
  EXPECT_EQ(item().terms, wanted);
  const auto edited = happened<msg::ItemEdited>(when(with_rules("k3", {}, {"per_customer", "window", "until"})));
  wanted = {};
  wanted.per_order = base::Quantity(2);
  EXPECT_EQ(edited.terms, wanted) << "the event tells all terms";
  happened<msg::ItemEdited>(when(with_rules("k4", {}, {"per_order"})));
  commit();
  EXPECT_EQ(item().terms, std::nullopt);
}

TEST_F(DetailsTest, RulesThatDoNotFitThoseThatStayAreRefused) {
  msg::Terms window;
  window.window = 100;
  refused(when(with_rules("k1", window, {"window"})), Code::kLimit);
  happened<msg::ItemEdited>(when(set_terms("k2", 1, per_customer(3, 100))));
  window.window = 200;
  happened<msg::ItemEdited>(when(with_rules("k3", window, {"window"})));
  refused(when(with_rules("k4", {}, {"window"})), Code::kLimit);
  commit();
  EXPECT_EQ(item().terms, per_customer(3, 200));
}

TEST_F(DetailsTest, TheNamesOfRulesFitTheTerms) {
  msg::Terms two;
  two.per_order = base::Quantity(2);
  EXPECT_EQ(why_invalid(with_rules("k", two, {"until"})), "rules: terms.per_order is not named");
  EXPECT_EQ(why_invalid(with_rules("k", two, {"per_order", "per_ordr"})), "rules: there is no rule 'per_ordr'");
  EXPECT_EQ(why_invalid(with_rules("k", two, {"per_order", "per_order"})), "rules: are empty, or one comes twice");
  EXPECT_EQ(why_invalid(with_rules("k", {}, {})), "rules: are empty, or one comes twice");
  auto alone = described("k", "A text");
  alone.rules = std::vector<std::string>{"until"};
  EXPECT_EQ(why_invalid(alone), "rules: are there without terms");
  two.per_order = base::Quantity(0);
  EXPECT_EQ(why_invalid(with_rules("k", two, {"per_order"})), "terms.per_order: 0 is not within 1 .. 1000000");
}

TEST_F(DetailsTest, EveryBoundIsKept) {
  EXPECT_EQ(why_invalid(described("k", std::string(msg::kDescriptionBytesMax + 1, 'd'))),
            "description: 4097 bytes, at most 4096");
  EXPECT_EQ(why_invalid(described("k", "a\tb")), "description: has a control character");
  EXPECT_EQ(why_invalid(with_topics("k", {"a", "b", "a"})), "topics[2]: comes twice");
  EXPECT_EQ(why_invalid(with_topics("k", {""})), "topics[0]: 0 bytes, not 1 .. 100");
  EXPECT_EQ(why_invalid(with_topics("k", {"1", "2", "3", "4", "5", "6", "7", "8"})),
            "topics: 8 besides the first one, at most 7");
  EXPECT_EQ(why_invalid(with_attributes("k", {})), "attributes: none is named");
  EXPECT_EQ(why_invalid(with_attributes("k", {{"", "v"}})), "attributes: a name: 0 bytes, not 1 .. 64");
  EXPECT_EQ(why_invalid(with_attributes("k", {{"n", std::string(257, 'v')}})), "attributes.n: 257 bytes, not 0 .. 256");
  EXPECT_EQ(why_invalid(with_attributes("k", {{"n", "a\nb"}})), "attributes.n: has a control character");
  happened<msg::ItemEdited>(when(described("k1", std::string(msg::kDescriptionBytesMax, 'd'))));
  happened<msg::ItemEdited>(when(with_topics("k2", {"1", "2", "3", "4", "5", "6", "7"})));
  happened<msg::ItemEdited>(when(with_attributes("k3", {{std::string(64, 'n'), std::string(256, 'v')}})));
}

TEST_F(DetailsTest, AnAdditionHasABoundForAllTexts) {
  auto item = new_item({}, 5);
  item.description = std::string(msg::kDescriptionBytesMax, 'd');
  std::vector<msg::NewItem> items(15, item);
  happened<msg::ItemsAdded>(when(add("k1", items)));
  items.push_back(item);
  EXPECT_EQ(why_invalid(add("k2", items)).substr(0, 18), "items: 65792 bytes");
  item.description = "";
  EXPECT_EQ(why_invalid(add("k3", {item})), "items[0].description: is empty");
}

}  // namespace
}  // namespace ledger
