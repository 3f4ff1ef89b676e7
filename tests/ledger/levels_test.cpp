// The stream tells which items are low (ADR 59).
#include "tests/ledger/shop.h"

namespace ledger {
namespace {

using msg::Code;

class LevelsTest : public ::testing::Test, public Shop {
 protected:
  LevelsTest() { given(1, 5); }

  static msg::EditItem threshold(std::string key, std::int64_t low, std::uint64_t item = 1) {
    return {.key = std::move(key), .item = base::ItemId(item), .low = base::Quantity(low)};
  }
  // The level that the stream has to tell now: "low 3 of 4", "ok 5 of 4", "ok 5", or "" if there is none.
  std::string due() const {
    const auto event = next_end(outlook(), at());
    if (!event) return "";
    if (const auto* low = std::get_if<msg::StockLow>(&event->what)) {
      return fmt::format("low {} of {}", low->available, low->low);
    }
    const auto& ok = std::get<msg::StockOk>(event->what);
    return ok.low ? fmt::format("ok {} of {}", ok.available, *ok.low) : fmt::format("ok {}", ok.available);
  }
  // Asks for something that changes nothing, so that the stream tells what is due before.
  void ask() { when(outcome(fmt::format("ask-{}", ++asked_))); }
  const msg::Item& item() const { return *items().find(base::ItemId(1)); }

 private:
  int asked_ = 0;
};

TEST_F(LevelsTest, AnEditSetsAndRemovesAThreshold) {
  happened<msg::ItemEdited>(when(threshold("k1", 4)));
  commit();
  EXPECT_EQ(item().low, base::Quantity(4));
  EXPECT_EQ(due(), "");
  happened<msg::ItemEdited>(when(threshold("k2", 5)));
  EXPECT_EQ(due(), "low 5 of 5") << "the item is low already";
  happened<msg::ItemEdited>(when(threshold("k3", -1)));
  EXPECT_EQ(due(), "ok 5");
  ask();
  commit();
  EXPECT_EQ(item().low, std::nullopt);
  EXPECT_FALSE(item().told_low);
  for (const auto low : {std::int64_t{-2}, msg::kStockMax + 1}) refused(when(threshold("k4", low)), Code::kInvalid);
}

TEST_F(LevelsTest, TheStreamTellsEachPassingOnceBeforeAnythingElse) {
  happened<msg::ItemEdited>(when(threshold("k1", 3)));
  happened<msg::OrderPlaced>(when(buy("k2", {line(1, 1)})));
  EXPECT_EQ(due(), "");
  happened<msg::OrderPlaced>(when(buy("k3", {line(1, 1)})));
  EXPECT_EQ(due(), "low 3 of 3");
  happened<msg::OrderPlaced>(when(buy("k4", {line(1, 1)})));
  EXPECT_EQ(due(), "") << "it was told before the next order";
  happened<msg::StockMoved>(when(restock("k5", 1, 2)));
  EXPECT_EQ(due(), "ok 4 of 3");
  ask();
  EXPECT_EQ(due(), "");
  commit();
  EXPECT_FALSE(item().told_low);
}

TEST_F(LevelsTest, HeldPiecesAreNotAvailable) {
  happened<msg::ItemEdited>(when(threshold("k1", 2)));
  happened<msg::HoldPlaced>(when(hold("k2", {line(1, 3)}, 100)));
  EXPECT_EQ(due(), "low 2 of 2");
  ask();
  wait(200);
  ask();  // the hold ends first, and then the stream tells that the pieces are there again
  EXPECT_EQ(due(), "");
  commit();
  EXPECT_FALSE(item().told_low);
  EXPECT_EQ(held(1), 0);
}

TEST_F(LevelsTest, AnOrderOfSeveralItemsTellsEachOfThem) {
  given(2, 5);
  happened<msg::ItemEdited>(when(threshold("k1", 4)));
  happened<msg::ItemEdited>(when(threshold("k2", 4, 2)));
  happened<msg::OrderPlaced>(when(buy("k3", {line(2, 1), line(1, 1)})));
  EXPECT_EQ(outlook().levels_due().size(), 2U);
  ask();
  EXPECT_EQ(due(), "");
  commit();
  EXPECT_TRUE(item().told_low && items().find(base::ItemId(2))->told_low);
}

TEST_F(LevelsTest, ANewWriterTellsWhatTheOldOneDidNot) {
  happened<msg::ItemEdited>(when(threshold("k1", 4)));
  happened<msg::OrderPlaced>(when(buy("k2", {line(1, 1)})));
  commit();
  EXPECT_EQ(due(), "low 4 of 4");
  ask();
  EXPECT_EQ(due(), "");
  lose_epoch();
  EXPECT_EQ(due(), "low 4 of 4") << "what was told was never committed";
  Items loaded;
  items().each([&](const msg::Item& each) { loaded.put(each); });
  EXPECT_EQ(loaded.levels_due(), items().levels_due());
  EXPECT_EQ(loaded.digest(), items().digest());
}

TEST_F(LevelsTest, ALevelLeavesTheVersionAndChangesTheDigest) {
  happened<msg::ItemEdited>(when(threshold("k1", 5)));
  commit();
  const auto version = item().version;
  const auto digest = items().digest();
  Items view = items();
  view.evolve({at(), msg::StockLow{base::ItemId(1), base::Quantity(5), base::Quantity(5)}}, version.next());
  EXPECT_EQ(view.find(base::ItemId(1))->version, version);
  EXPECT_NE(view.digest(), digest);
  std::vector<base::ItemId> low;
  view.each_low_after({}, [&](base::ItemId id) {
    low.push_back(id);
    return true;
  });
  EXPECT_EQ(low, std::vector{base::ItemId(1)});
}

TEST_F(LevelsTest, AnotherLevelThanThatOfTheItemEndsTheProcess) {
  happened<msg::ItemEdited>(when(threshold("k1", 5)));
  commit();
  Items view = items();
  const auto seq = item().version.next();
  const auto tell = [&](decltype(msg::Event::what) what) { view.evolve({at(), std::move(what)}, seq); };
  EXPECT_DEATH(tell(msg::StockLow{base::ItemId(1), base::Quantity(4), base::Quantity(5)}), "available=5");
  EXPECT_DEATH(tell(msg::StockLow{base::ItemId(1), base::Quantity(4), base::Quantity(4)}), "low=5 told=4");
  EXPECT_DEATH(tell(msg::StockOk{base::ItemId(1), base::Quantity(5), base::Quantity(5)}), "told=");
  EXPECT_DEATH(tell(msg::KeyVoided{"k"}), "decided before the stream told the level of item=1");
}

}  // namespace
}  // namespace ledger
