// The events that a broker drops on request, and those that it keeps.
#include "broker/trim.h"

#include <gmock/gmock.h>

#include "tests/broker/driver.h"

namespace broker {
namespace {

using testing::HasSubstr;

class TrimTest : public testing::Test {
 protected:
  // Seqs 1 and 2 as always, then blocks of three events each: 3..5, 6..8, ...; two durable views of each role.
  TrimTest() {
    broker.with_writer();
    for (std::uint64_t producer = 1; producer <= 8; ++producer) broker.write(producer, 3);
    for (const auto* instance : {"order-1", "order-2"}) beat(instance, msg::Role::kOrder);
    for (const auto* instance : {"catalog-1", "catalog-2"}) beat(instance, msg::Role::kCatalog);
  }
  void beat(const std::string& instance, msg::Role role, std::uint64_t durable = 26, std::uint64_t applied = 26) {
    broker.beat({.instance = instance, .applied = applied, .role = role, .durable = Seq(durable)});
  }
  Reply trim(std::uint64_t before, bool dry = false, std::optional<std::string> store = {}) {
    broker.ask(msg::Trim{std::move(store), Seq(before), dry});
    return broker.reply();
  }
  std::string refused(std::uint64_t before, std::optional<std::string> store = {}) {
    const auto reply = trim(before, false, std::move(store));
    EXPECT_EQ(reply.err(), "invalid");
    EXPECT_EQ(broker.journal.tail().begins, Seq(1)) << "a refused trim was made";
    return reply.err().empty() ? "" : reply.as<msg::Refusal>().message;
  }
  msg::ReplayReply replay(std::uint64_t from) {
    broker.ask(msg::Replay{Seq(from), {}, 100'000});
    return broker.reply().as<msg::ReplayReply>();
  }

  Driver broker;
};

TEST_F(TrimTest, KeepsTheBlockThatHoldsItAndWhatFollows) {
  EXPECT_EQ(trim(10).as<msg::TrimReply>().begins, Seq(9));
  EXPECT_EQ(broker.journal.tail().begins, Seq(9));
  EXPECT_EQ(broker.heartbeat().leader->begins, Seq(9));
}

TEST_F(TrimTest, ABlockThatCannotBeReadIsRefused) {
  broker.reopen();
  broker.pass(50);
  for (const auto* instance : {"order-1", "order-2"}) beat(instance, msg::Role::kOrder);
  for (const auto* instance : {"catalog-1", "catalog-2"}) beat(instance, msg::Role::kCatalog);
  broker.journal.unreadable = true;
  EXPECT_EQ(trim(10).err(), "unavailable");
  EXPECT_EQ(broker.journal.tail().begins, Seq(1));
}

TEST_F(TrimTest, ADryTrimOnlyReports) {
  EXPECT_EQ(trim(10, true).as<msg::TrimReply>().begins, Seq(9));
  EXPECT_EQ(broker.journal.tail().begins, Seq(1));
  EXPECT_EQ(broker.heartbeat().leader->begins, std::nullopt);
}

TEST_F(TrimTest, AReplayOfTrimmedEventsSaysSoAndGivesTheKeptOnes) {
  trim(10);
  const auto reply = replay(4);
  EXPECT_EQ(reply.trimmed, (msg::Trimmed{Seq(9), "store-a"}));
  EXPECT_EQ(msg::decode_block(reply.blocks.front().bytes)->first, Seq(9)) << "not the first block in memory";
  EXPECT_EQ(replay(9).trimmed, std::nullopt);
}

TEST_F(TrimTest, TrimmedEventsStayGone) {
  trim(20);
  EXPECT_EQ(trim(10).as<msg::TrimReply>().begins, Seq(18));
  broker.reopen();
  EXPECT_EQ(replay(1).trimmed, (msg::Trimmed{Seq(18), "store-a"}));
}

TEST_F(TrimTest, TheLastBlockAlwaysStays) { EXPECT_EQ(trim(26).as<msg::TrimReply>().begins, Seq(24)); }

TEST_F(TrimTest, ATrimBeyondTheEndIsRefused) {
  EXPECT_THAT(refused(27), HasSubstr("has the stream up to seq 26"));
  EXPECT_THAT(refused(0), HasSubstr("has the stream up to seq 26"));
}

TEST_F(TrimTest, ATrimOfAnotherStoreIsRefused) {
  EXPECT_THAT(refused(10, "store-b"), HasSubstr("this is store store-a, not store-b"));
  EXPECT_EQ(trim(10, false, "store-a").err(), "");
}

TEST_F(TrimTest, EventsThatAViewHasNotAppliedStay) {
  beat("order-3", msg::Role::kOrder, 0, 7);
  EXPECT_THAT(refused(10), HasSubstr("order-3 has applied seq 7 only"));
  EXPECT_EQ(trim(8, true).err(), "");
  for (int i = 0; i < 11; ++i) {  // it is gone, the others are not
    broker.pass(1000);
    for (const auto* instance : {"order-1", "order-2"}) beat(instance, msg::Role::kOrder);
    for (const auto* instance : {"catalog-1", "catalog-2"}) beat(instance, msg::Role::kCatalog);
  }
  broker.replies.clear();
  EXPECT_EQ(trim(10).err(), "");
}

TEST_F(TrimTest, EventsThatTwoViewsOfEachRoleDoNotHaveDurablyStay) {
  beat("catalog-2", msg::Role::kCatalog, 8);
  EXPECT_THAT(refused(10), HasSubstr("1 of the catalog views is on stable storage up to seq 9, 2 must be"));
  EXPECT_EQ(trim(9, true).err(), "") << "all before seq 9 is in both";
  beat("catalog-2", msg::Role::kCatalog, 9);
  EXPECT_EQ(trim(10).err(), "");
}

TEST_F(TrimTest, AViewThatDiffersDoesNotCount) {
  broker.beat({.instance = "order-1", .applied = 26, .digest = msg::DigestAt{Seq(26), 1, 1}, .durable = Seq(26)});
  broker.beat({.instance = "order-2", .applied = 26, .digest = msg::DigestAt{Seq(26), 2, 1}, .durable = Seq(26)});
  EXPECT_THAT(refused(10), HasSubstr("of the order views"));
}

TEST_F(TrimTest, AViewThatReportsItsDivergenceDoesNotCount) {
  broker.beat({.instance = "order-1", .applied = 26, .durable = Seq(26), .diverged = "order 3 is lost"});
  EXPECT_THAT(refused(10), HasSubstr("1 of the order views is on stable storage"));
  beat("order-3", msg::Role::kOrder);
  EXPECT_EQ(trim(10).err(), "");
}

}  // namespace
}  // namespace broker
