// The journal in a real etcd of one member.
#include "broker/etcd/journal.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/log.h"
#include "broker/etcd/requests.h"
#include "tests/etcd/member.h"

namespace broker::etcd {
namespace {

using testing::HasSubstr;

class EtcdJournalTest : public testing::Test {
 protected:
  EtcdJournalTest() { base::log::start(base::log::Level::kOff, "test"); }
  // Returns a broker that leads and has committed this many blocks.
  std::unique_ptr<Broker> leading(const std::string& name, int commits) {
    auto broker = std::make_unique<Broker>(member, name);
    EXPECT_TRUE(broker->wait<LeadVacant>());
    broker->lead();
    for (int i = 0; i < commits; ++i) broker->commit_one();
    return broker;
  }
  // Reads keys without the journal.
  rpc::RangeResponse read(const std::string& from, const std::string& to) {
    Client client({.endpoints = {member.client()}});
    return client.range(get_range(from, to, 0)).value();
  }
  std::size_t blocks() { return static_cast<std::size_t>(read(keys.blocks(), after_all(keys.blocks())).kvs_size()); }
  Claim claim(const std::string& name) {
    const auto found = read(keys.archived(name), "");
    return found.kvs_size() == 0 ? Claim() : claim_of(found.kvs(0).value());
  }
  void put(const std::string& key, const std::string& value) {
    rpc::TxnRequest request;
    *request.add_success() = etcd::put("pygmy/" + key, value);
    Client client({.endpoints = {member.client()}});
    ASSERT_TRUE(until([&] { return static_cast<bool>(client.txn(request)); })) << "the member may have just started";
  }
  static bool until(const std::function<bool()>& condition) {
    for (const auto end = base::now().mono + seconds(40); base::now().mono < end;) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
  }
  // Waits until retention of this broker has made this many rounds.
  bool rounds(const std::string& name, int times) {
    const auto version = [&] { return read(keys.archived(name), "").kvs(0).version(); };
    return until([&] { return static_cast<bool>(claim(name).block); }) &&
           until([&, end = version() + times] { return version() >= end; });
  }

  const Keys keys{"pygmy"};
  Member member;
};

TEST_F(EtcdJournalTest, AStandbySeesWhatTheLeaderCommitsAndTakesOverWhereItStopped) {
  Broker a(member, "a");
  ASSERT_TRUE(a.wait<LeadVacant>());
  a.lead();
  EXPECT_EQ(a.tail().term, base::Term(1));
  Broker b(member, "b");
  ASSERT_TRUE(b.wait<LeaderSeen>());
  for (int i = 0; i < 5; ++i) a.commit_one();
  while (b.seen.size() < 5) ASSERT_TRUE(b.wait<LeaderSeen>());
  b.lead();
  EXPECT_EQ(b.tail().term, base::Term(2));
  EXPECT_EQ(b.tail().block, BlockNo(5));
  EXPECT_EQ(b.tail().control.store, "store-a");
  b.commit_one();
  EXPECT_TRUE(a.wait<LeadLost>()) << "a leader that appends nothing notices it, too";
}

TEST_F(EtcdJournalTest, ABlockOfALeaderWhoseTermIsOverNeverLands) {
  Broker a(member, "a");
  ASSERT_TRUE(a.wait<LeadVacant>());
  a.lead();
  a.commit_one();
  Broker b(member, "b");
  ASSERT_TRUE(b.wait<LeaderSeen>());
  b.lead();
  const auto late = a.next();
  b.commit_one();
  a.journal().commit(late);
  EXPECT_TRUE(a.wait<LeadLost>());
  EXPECT_FALSE(a.wait<BlockCommitted>(seconds(1)));
}

TEST_F(EtcdJournalTest, AnUnknownOutcomeIsFoundOutBySendingTheSameAgain) {
  Broker a(member, "a");
  ASSERT_TRUE(a.wait<LeadVacant>());
  a.lead();
  a.commit_one();
  const auto proved = a.journal().proved();
  member.signal(SIGSTOP);
  a.journal().commit(a.next());
  EXPECT_FALSE(a.wait<BlockCommitted>(seconds(2)));
  EXPECT_LT(a.journal().proved() - proved, seconds(1)) << "a call without an answer proves nothing";
  member.signal(SIGCONT);
  EXPECT_TRUE(a.wait<BlockCommitted>());
  EXPECT_FALSE(a.wait<BlockCommitted>(seconds(1))) << "it is reported once";
  member.kill();
  member.start();
  a.commit_one();
}

TEST_F(EtcdJournalTest, ALeaderThatStopsResignsAtOnce) {
  auto a = std::make_unique<Broker>(member, "a");
  ASSERT_TRUE(a->wait<LeadVacant>());
  a->lead();
  Broker b(member, "b");
  ASSERT_TRUE(b.wait<LeaderSeen>());
  a.reset();
  EXPECT_TRUE(b.wait<LeadVacant>());
}

TEST_F(EtcdJournalTest, ALeaderThatAppendsNothingProvesThatItLeads) {
  auto a = leading("a", 1);
  const auto proved = a->journal().proved();
  EXPECT_TRUE(until([&] { return a->journal().proved() > proved + 2 * Journal::kProveEvery; }));
}

TEST_F(EtcdJournalTest, ALeaderWhoseLoopHangsIsReplaced) {
  auto a = leading("a", 1);
  Broker b(member, "b");
  ASSERT_TRUE(b.wait<LeaderSeen>());
  ASSERT_TRUE(until([&] { return !b.wait<LeaderSeen>(kTakeoverAfter); })) << "a gives no sign of life any more";
  b.lead();
  b.commit_one();
  a->journal().commit(a->next());
  EXPECT_TRUE(a->wait<LeadLost>()) << "once its loop runs again";
}

TEST_F(EtcdJournalTest, ALeaderWhoseLoopTicksWithoutWritesLeads) {
  auto a = leading("a", 1);
  const auto began = base::now().mono;
  EXPECT_TRUE(until([&] {
    a->journal().tick();
    return a->journal().proved() > began + 4 * kTakeoverAfter;
  }));
  EXPECT_FALSE(a->wait<LeadLost>(kTakeoverAfter));
}

TEST_F(EtcdJournalTest, ALeaderThatHasActedSinceItsLastSignIsNotReplaced) {
  auto a = leading("a", 0);
  Broker b(member, "b");
  ASSERT_TRUE(b.wait<LeaderSeen>());
  const auto seen = base::now().mono;
  ASSERT_TRUE(until([&] { return a->journal().proved() > seen; }));
  b.journal().take_over(BlockNo(0));
  const auto refused = b.wait<NotTakenOver>();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->why, "another broker leads");
  a->commit_one();
}

TEST_F(EtcdJournalTest, AStandbyIsToldOfTheBlockThatItsArchiveEndsWith) {
  auto a = leading("a", 5);
  Broker b(member, "b", BlockNo(4));
  while (b.seen.size() < 2) ASSERT_TRUE(b.wait<LeaderSeen>());
  EXPECT_EQ(msg::decode_block(b.seen.front())->no, BlockNo(4));
}

TEST_F(EtcdJournalTest, BlocksThatCouldNotBeKeptAreToldAgain) {
  auto a = leading("a", 5);
  Broker b(member, "b");
  while (b.seen.size() < 5) ASSERT_TRUE(b.wait<LeaderSeen>());
  b.journal().tell_again(BlockNo(3));
  while (b.seen.size() < 8) ASSERT_TRUE(b.wait<LeaderSeen>());
  EXPECT_EQ(msg::decode_block(b.seen[5])->no, BlockNo(3));
  a->commit_one();
  while (b.seen.size() < 9) ASSERT_TRUE(b.wait<LeaderSeen>());
  EXPECT_EQ(msg::decode_block(b.seen[8])->no, BlockNo(6)) << "it continues to tell blocks";
}

TEST_F(EtcdJournalTest, AnArchiveThatIsLongerThanTheStreamIsNotOfThisCluster) {
  Broker stranger(member, "stranger", BlockNo(9));
  const auto broken = stranger.wait<JournalBroken>();
  ASSERT_TRUE(broken);
  EXPECT_THAT(broken->reason, HasSubstr("ends before block 9"));
}

// --- blocks that may leave etcd, and claims that count ---

TEST_F(EtcdJournalTest, BlocksThatAMajorityHasArchivedLeaveEtcd) {
  auto a = leading("a", 150);
  a->archive_all();
  EXPECT_TRUE(until([&] { return blocks() == 1; }));
}

TEST_F(EtcdJournalTest, NothingLeavesEtcdForArchivesOfAnotherHistory) {
  auto a = leading("a", 150);
  const auto right = msg::hash_of(read(keys.block(BlockNo(140)), "").kvs(0).value());
  put("archived/b", text_of({BlockNo(140), msg::Hash(msg::kHashBytes, 'x'), "disk-b"}));
  put("archived/c", text_of({BlockNo(900), msg::Hash(msg::kHashBytes, 'x'), "disk-c"}));
  a->archive_all();
  ASSERT_TRUE(rounds("a", 4));
  EXPECT_EQ(blocks(), 151U) << "blocks 0 to 150";
  put("archived/b", text_of({BlockNo(140), right, "disk-b"}));
  EXPECT_TRUE(until([&] { return blocks() == 11; })) << "blocks 140 to 150";
}

TEST_F(EtcdJournalTest, NothingLeavesEtcdForANumberAloneOrForOneDiskUnderTwoNames) {
  auto a = leading("a", 150);
  put("archived/b", "150");
  a->archive_all();
  ASSERT_TRUE(rounds("a", 4));
  EXPECT_EQ(blocks(), 151U) << "the claim of b is of an older release";
  put("archived/b", text_of(a->archive()));
  EXPECT_TRUE(a->wait<JournalBroken>()) << "b's archive is a copy of a's";
  EXPECT_EQ(blocks(), 151U);
}

TEST_F(EtcdJournalTest, AnArchiveThatWasNotComparedCountsAsEmpty) {
  auto a = leading("a", 3);
  Broker b(member, "b", BlockNo(3));
  ASSERT_TRUE(until([&] { return claim("b").disk == b.archive().disk; }));
  EXPECT_EQ(claim("b").block, BlockNo());
  b.journal().joined();
  EXPECT_TRUE(until([&] { return claim("b").block == BlockNo(3); }));
}

TEST_F(EtcdJournalTest, TheSecondBrokerOfOneNameIsRefused) {
  auto a = leading("a", 3);
  a->archive_all();
  ASSERT_TRUE(until([&] { return claim("a").block == BlockNo(3); }));
  Broker other(member, "a", BlockNo(3));
  other.journal().joined();
  const auto refused = other.wait<JournalBroken>();
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->reason, HasSubstr("another broker runs under the name a"));
  EXPECT_EQ(claim("a").disk, a->archive().disk);
}

TEST_F(EtcdJournalTest, ADiskThatIsGoneIsReplaced) {
  put("archived/a", text_of({BlockNo(70), msg::Hash(msg::kHashBytes, 'x'), "lost"}));
  Broker a(member, "a");
  EXPECT_TRUE(until([&] { return claim("a").disk == a.archive().disk; }));
  EXPECT_EQ(claim("a").block, BlockNo());
}

TEST_F(EtcdJournalTest, AClaimOfAnOlderReleaseIsReplaced) {
  put("archived/a", "0");
  auto a = leading("a", 3);
  a->archive_all();
  EXPECT_TRUE(until([&] { return claim("a").block == BlockNo(3); }));
}

// --- other stores ---

TEST_F(EtcdJournalTest, AStoreWithinAnotherIsRefused) {
  auto outer = leading("a", 1);
  Broker inner(member, "a", {}, "pygmy/two");
  ASSERT_TRUE(inner.wait<LeadVacant>());
  inner.journal().take_over({});
  const auto broken = inner.wait<JournalBroken>();
  ASSERT_TRUE(broken);
  EXPECT_THAT(broken->reason, HasSubstr("pygmy/lead of another one are nested"));
}

TEST_F(EtcdJournalTest, AStoreAroundAnotherIsRefused) {
  Broker inner(member, "a", {}, "shops/two");
  ASSERT_TRUE(inner.wait<LeadVacant>());
  inner.lead();
  Broker outer(member, "a", {}, "shops");
  ASSERT_TRUE(outer.wait<LeadVacant>());
  outer.journal().take_over({});
  const auto broken = outer.wait<JournalBroken>();
  ASSERT_TRUE(broken);
  EXPECT_THAT(broken->reason, HasSubstr("shops/two"));
  Broker beside(member, "a", {}, "shops/three");
  ASSERT_TRUE(beside.wait<LeadVacant>());
  beside.lead();
}

TEST_F(EtcdJournalTest, AControlRecordThatIsNotOfTheLastBlockIsRefused) {
  auto a = leading("a", 3);
  put("control", msg::encoded(msg::Control{.store = "store-a", .epoch = base::Epoch(9)}));
  Broker b(member, "b", BlockNo(3));
  ASSERT_TRUE(b.wait<LeaderSeen>());
  std::optional<JournalBroken> broken;
  for (int i = 0; i < kTries && !broken; ++i) {
    b.journal().take_over(BlockNo(3));
    broken = b.wait<JournalBroken>(seconds(1));
  }
  ASSERT_TRUE(broken);
  EXPECT_THAT(broken->reason, HasSubstr("control: it is not that of the last block"));
}

}  // namespace
}  // namespace broker::etcd
