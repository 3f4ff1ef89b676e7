// Views that have lost a row.
#include <gmock/gmock.h>

#include "msg/rows.h"
#include "tests/order/core_fixture.h"

namespace order {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A view of three orders with rows that are lost behind its back (ADR 20).
class LostRowTest : public CoreTest {
 protected:
  LostRowTest() {
    for (const auto* key : {"a", "b", "c"}) ask(buy(key, 1));
    commit();
    then();
    tick(milliseconds(300));
  }
  void lose_order(std::uint64_t no) {
    store.damage([&](auto& data) { data.orders.erase(base::OrderNo(no)); });
  }
  void lose_key(const std::string& key) {
    store.damage([&](auto& data) { data.keys.erase(key); });
  }
  // A pass that is under way, the time until the next one, and that.
  void pass() {
    for (int ticks = 0; ticks < 130; ++ticks) tick();
  }
  void expect_silence() {
    ask(msg::ListOrders{});
    ask(buy("new", 1));
    ask(msg::GetOrder{base::OrderNo(1)});
    EXPECT_THAT(then(), IsEmpty());
    EXPECT_FALSE(core->is_writer());
    EXPECT_EQ(core->state(), msg::State::kDraining);
  }
  msg::Heartbeat beat() {
    tick(milliseconds(50));
    const auto beat = msg::decode<msg::Heartbeat>(out.publications().back().payload).value();
    out.publications().clear();
    return beat;
  }
};

TEST_F(LostRowTest, APassOverAllRowsOfASoundViewFindsNothing) {
  pass();
  EXPECT_EQ(core->diverged(), std::nullopt);
  EXPECT_GE(core->passes(), 2U);
  EXPECT_TRUE(core->is_writer());
  EXPECT_EQ(beat().diverged, std::nullopt);
}

TEST_F(LostRowTest, ALostOrderIsFoundByThePass) {
  lose_order(2);
  pass();
  EXPECT_EQ(core->diverged(), "orders: order 2 of 3 is not there");
  EXPECT_EQ(beat().diverged, "orders: order 2 of 3 is not there");
  expect_silence();
}

TEST_F(LostRowTest, ALostKeyIsFoundByThePass) {
  lose_key("b");
  pass();
  ASSERT_TRUE(core->diverged());
  EXPECT_THAT(*core->diverged(), testing::HasSubstr("keys: up to seq"));
  expect_silence();
}

TEST_F(LostRowTest, ALostOrderIsNoticedInsteadOfBeingTold) {
  lose_order(2);
  ask(msg::GetOrder{base::OrderNo(2)});
  EXPECT_THAT(then(), IsEmpty());
  EXPECT_EQ(core->diverged(), "orders: order 2 of 3 is not there");
}

TEST_F(LostRowTest, ARepeatedKeyWhoseOrderIsLostEndsNoProcess) {
  lose_order(2);
  ask(buy("b", 1));
  ask(outcome("b"));
  EXPECT_THAT(then(), IsEmpty());
  EXPECT_EQ(core->diverged(), "orders: order 2 of 3 is not there");
}

TEST_F(LostRowTest, AHoleInAPageIsNoticedInsteadOfBeingTold) {
  for (const std::uint64_t no : {1U, 2U, 3U}) {
    const auto before = core->diverged();
    EXPECT_EQ(before, std::nullopt);
    MemoryStore::Data whole;
    store.damage([&](auto& data) { whole = data; });
    lose_order(no);
    ask(msg::ListOrders{});
    EXPECT_THAT(then(), IsEmpty());
    EXPECT_EQ(core->diverged(), fmt::format("orders: order {} of 3 is not there", no));
    core.reset();
    store.damage([&](auto& data) { data = whole; });
    start();
  }
}

TEST_F(LostRowTest, TheWriterSendsAwayWhoWaits) {
  ask(buy("d", 1));
  lose_order(2);
  pass();
  EXPECT_THAT(then(), ElementsAre(fmt::format("4: not_writer @{}", seq)));
}

TEST_F(LostRowTest, AppliesNothingMoreAndCommitsNothing) {
  lose_order(2);
  pass();
  const auto applied = core->position().applied;
  const auto commits = store.commits;
  block({{0, msg::KeyVoided{"x"}}});
  tick(milliseconds(500));
  EXPECT_EQ(core->position().applied, applied);
  core->on_stop({now, out});
  EXPECT_EQ(store.commits, commits);
}

TEST_F(LostRowTest, AnotherProcessOnTheSameViewDoesNotBelieveItEither) {
  lose_order(2);
  pass();
  crash();
  EXPECT_EQ(core->diverged(), "orders: order 2 of 3 is not there");
  expect_silence();
}

TEST_F(LostRowTest, AViewThatLostAnItemWhileNobodyUsedItIsNotBelieved) {
  core.reset();
  store.damage([](auto& data) { data.items.erase(base::ItemId(1)); });
  start();
  ASSERT_TRUE(core->diverged());
  EXPECT_THAT(*core->diverged(), testing::HasSubstr("items: the digest of the 0 rows"));
  expect_silence();
}

TEST_F(LostRowTest, AnAuditIsToldTheRowsThatThereAre) {
  lose_order(2);
  pass();
  ask(msg::Rows{.table = msg::Table::kOrders, .limit = 10});
  ask(msg::Rows{.table = msg::Table::kKeys, .after_key = "a", .limit = 2});
  ask(msg::Rows{.table = msg::Table::kOrders, .after = base::OrderNo(1), .limit = 1});
  ask(msg::Rows{.limit = 0});
  ask(msg::Rows{.limit = msg::kPageMax + 1});
  std::vector<std::string> told;
  for (const auto& message : messages_of(out.replies())) {
    if (message.header.err) {
      told.push_back(*message.header.err);
      continue;
    }
    std::string rows;
    const auto reply = msg::decode<msg::RowsReply>(message.body).value();
    for (const auto& row : reply.rows) {
      rows += fmt::format("{} {} of {}, ", row.no, row.key, row.seq);
    }
    told.push_back(rows);
  }
  EXPECT_THAT(told, ElementsAre("1 a of 5, 3 c of 7, ", "2 b of 6, 3 c of 7, ", "3 c of 7, ", "invalid", "invalid"));
}

}  // namespace
}  // namespace order
