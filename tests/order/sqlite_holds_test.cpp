#include "order/hold_rows.h"
#include "tests/order/sqlite_store_fixture.h"

namespace order {
namespace {

using SqliteHoldsTest = SqliteStoreTest;

msg::Hold a_hold(std::uint64_t no, msg::HoldState state = msg::HoldState::kOpen) {
  msg::Hold hold{.no = base::HoldNo(no), .seq = base::Seq(20 + no), .version = base::Seq(20 + no), .at = 4711};
  hold.expires = 5000;
  hold.state = state;
  hold.key = "key";
  hold.customer = "ann";
  hold.lines = {{base::ItemId(1), base::Quantity(2), base::Cents(300), base::Quantity(4)}};
  return hold;
}

TEST_F(SqliteHoldsTest, HoldsAreThereAgainAsTheyWerePutLast) {
  for (const std::uint64_t no : {1U, 2U, 3U}) store->put_hold(a_hold(no));
  store->put_hold(a_hold(2, msg::HoldState::kReleased));
  const ledger::HoldsTotal total{base::HoldNo(3), 4714, 4715};
  store->commit({"store-1", base::Seq(24), base::BlockNo(2), std::string(32, '\7'), 99}, {{}, 0, {}, 0, total}, 0);
  reopen();
  EXPECT_EQ(store->totals().holds, total);
  EXPECT_THAT(store->open_holds(), testing::ElementsAre(a_hold(1), a_hold(3)));
  EXPECT_THAT(store->holds_after({}, 2), testing::ElementsAre(a_hold(1), a_hold(2, msg::HoldState::kReleased)));
  EXPECT_THAT(store->holds_after(base::HoldNo(2), 2), testing::ElementsAre(a_hold(3)));
  EXPECT_EQ(store->hold(base::HoldNo(3)), a_hold(3));
  EXPECT_EQ(store->hold(base::HoldNo(4)), std::nullopt);
}

TEST_F(SqliteHoldsTest, AChangedHoldIsReadBeforeItIsWritten) {
  store->put_hold(a_hold(1));
  EXPECT_EQ(store->hold(base::HoldNo(1)), a_hold(1));
  store->put_hold(a_hold(1, msg::HoldState::kConfirmed));
  EXPECT_EQ(store->hold(base::HoldNo(1)), a_hold(1, msg::HoldState::kConfirmed));
  EXPECT_THAT(store->open_holds(), testing::IsEmpty());
  EXPECT_THAT(store->holds_after({}, 2), testing::ElementsAre(a_hold(1, msg::HoldState::kConfirmed)));
}

TEST_F(SqliteHoldsTest, AChangeAfterACommitIsWrittenWithTheNext) {
  store->put_hold(a_hold(1));
  commit(21);
  store->put_hold(a_hold(1, msg::HoldState::kExpired));
  commit(22);
  store->put_hold(a_hold(2));
  crash();
  EXPECT_EQ(store->hold(base::HoldNo(1)), a_hold(1, msg::HoldState::kExpired));
  EXPECT_EQ(store->hold(base::HoldNo(2)), std::nullopt) << "no commit had it";
}

TEST_F(SqliteHoldsTest, ManyChangedHoldsAreWrittenBeforeTheCommit) {
  close();
  storage::View view(path, {SqliteStore::kApplicationId, SqliteStore::format(), "", {}});
  HoldRows rows(view, path);
  for (std::uint64_t no = 1; no < HoldRows::kUnwrittenMax; ++no) rows.put(a_hold(no));
  EXPECT_EQ(rows.unwritten(), HoldRows::kUnwrittenMax - 1);
  rows.put(a_hold(HoldRows::kUnwrittenMax));
  EXPECT_EQ(rows.unwritten(), 0U);
  EXPECT_EQ(rows.find(base::HoldNo(1)), a_hold(1));
}

}  // namespace
}  // namespace order
