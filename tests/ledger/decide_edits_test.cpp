// Decisions about edits of items, and about items that are retired.
#include "ledger/decide.h"

#include "tests/ledger/decide_fixture.h"

namespace ledger {
namespace {

using msg::Code;

TEST_F(Decide, AnEditTellsWhatItNamesAndTheTopicBefore) {
  given(1, 5);
  const auto titled = happened<msg::ItemEdited>(when(retitle("k1", 1, "New")));
  EXPECT_EQ(titled.title, "New");
  EXPECT_FALSE(titled.topic || titled.topic_was || titled.retired);
  const auto was = items().find(base::ItemId(1))->topic;
  EXPECT_EQ(happened<msg::ItemEdited>(when(retopic("k2", 1, "first"))).topic_was, was);
  EXPECT_EQ(happened<msg::ItemEdited>(when(retopic("k3", 1, "second"))).topic_was, "first") << "it is not committed";
  commit();
  EXPECT_EQ(items().find(base::ItemId(1))->topic, "second");
}

TEST_F(Decide, AnEditOfAnotherVersionThanTheExpectedOneIsRefused) {
  given(1, 5);
  const auto seen = items().find(base::ItemId(1))->version;
  happened<msg::ItemEdited>(when(retitle("k1", 1, "New", seen)));
  refused(when(retitle("k2", 1, "Newer", seen)), Code::kVersionChanged);
  commit();
  EXPECT_EQ(refused(when(retitle("k2", 1, "Newer", seen)), Code::kVersionChanged).version,
            items().find(base::ItemId(1))->version);
}

TEST_F(Decide, AnEditToWhatTheItemHasAlreadyIsWrittenLikeAPrice) {
  given(1, 5);
  const auto item = *items().find(base::ItemId(1));
  happened<msg::ItemEdited>(when(retitle("k1", 1, item.title)));
  happened<msg::ItemEdited>(when(retire("k2", 1, false)));
  commit();
  EXPECT_GT(items().find(base::ItemId(1))->version, item.version);
  EXPECT_EQ(items().find(base::ItemId(1))->title, item.title);
}

TEST_F(Decide, AnEditStaysWithinTheBoundsOfAnAdd) {
  given(1, 5);
  invalid(retitle("k", 1, ""), "title");
  invalid(retitle("k", 1, std::string(msg::kTitleBytesMax + 1, 't')), "title");
  invalid(retitle("k", 1, "a\nb"), "title");
  invalid(retitle("k", 1, "  "), "title");
  invalid(retopic("k", 1, std::string(msg::kTopicBytesMax + 1, 't')), "topic");
  invalid(retire("k", 0), "item");
  invalid(retitle("k", 1, "T", base::Seq()), "version");
  refused(when(msg::EditItem{.key = "k", .item = base::ItemId(1)}), Code::kInvalid);
  happened<msg::ItemEdited>(when(retitle("k1", 1, std::string(msg::kTitleBytesMax, 't'))));
  happened<msg::ItemEdited>(when(retopic("k2", 1, "")));
}

TEST_F(Decide, ARetiredItemIsNeitherBoughtNorHeld) {
  given(1, 5);
  given(2, 5);
  happened<msg::HoldPlaced>(when(hold("h", {line(1, 2)})));
  happened<msg::ItemEdited>(when(retire("r", 1)));
  const auto refusal = refused(when(buy("k1", {line(2, 1), line(1, 1)})), Code::kNotForSale);
  EXPECT_EQ(refusal.item, base::ItemId(1));
  refused(when(buy("k1", {line(1, 99, 1)})), Code::kNotForSale);
  refused(when(hold("h2", {line(1, 1)})), Code::kNotForSale);
  commit();
  refused(when(buy("k1", {line(1, 1)})), Code::kNotForSale);
  EXPECT_EQ(stock(1), 5);
  happened<msg::ItemEdited>(when(retire("r2", 1, false)));
  happened<msg::OrderPlaced>(when(buy("k1", {line(1, 1)})));
}

TEST_F(Decide, ARetiredItemKeepsWhatWasPromisedAndIsKeptLikeAnyOther) {
  given(1, 5);
  happened<msg::HoldPlaced>(when(hold("h", {line(1, 2)})));
  happened<msg::OrderPlaced>(when(buy("b", {line(1, 1)})));
  happened<msg::ItemEdited>(when(retire("r", 1)));
  commit();
  happened<msg::HoldConfirmed>(when(confirm("c", 1)));
  happened<msg::OrderCancelled>(when(cancel("x", 1)));
  happened<msg::PriceChanged>(when(price("p", 1, 300)));
  happened<msg::StockMoved>(when(restock("s", 1, 2)));
  happened<msg::OrderPlaced>(when(sell("t", {line(1, 1)})));
  EXPECT_EQ(stock(1), 6);
}

}  // namespace
}  // namespace ledger
