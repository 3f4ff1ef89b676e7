// The journal in a real etcd of one member.
#include "broker/etcd/journal.h"

#include "base/log.h"
#include "tests/etcd/member.h"

namespace broker::etcd {
namespace {

class EtcdJournalTest : public testing::Test {
 protected:
  EtcdJournalTest() { base::log::start(base::log::Level::kOff, "test"); }
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
  EXPECT_TRUE(a.wait<LeadLost>()) << "a leader in silence finds out, too";
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

TEST_F(EtcdJournalTest, AnOutcomeThatIsNotKnownIsSettledBySendingTheSameAgain) {
  Broker a(member, "a");
  ASSERT_TRUE(a.wait<LeadVacant>());
  a.lead();
  a.commit_one();
  const auto proved = a.journal().proved();
  member.signal(SIGSTOP);
  a.journal().commit(a.next());
  EXPECT_FALSE(a.wait<BlockCommitted>(seconds(2)));
  EXPECT_LT(a.journal().proved() - proved, seconds(1)) << "what is not answered proves nothing";
  member.signal(SIGCONT);
  EXPECT_TRUE(a.wait<BlockCommitted>());
  EXPECT_FALSE(a.wait<BlockCommitted>(seconds(1))) << "once";
  member.kill();
  member.start();
  a.commit_one();
}

TEST_F(EtcdJournalTest, WhoStopsLeavesTheLeadAtOnce) {
  auto a = std::make_unique<Broker>(member, "a");
  ASSERT_TRUE(a->wait<LeadVacant>());
  a->lead();
  Broker b(member, "b");
  ASSERT_TRUE(b.wait<LeaderSeen>());
  a.reset();
  EXPECT_TRUE(b.wait<LeadVacant>());
}

TEST_F(EtcdJournalTest, WhatAMajorityHasArchivedLeavesEtcd) {
  Broker a(member, "a");
  ASSERT_TRUE(a.wait<LeadVacant>());
  a.lead();
  for (int i = 0; i < 150; ++i) a.commit_one();
  a.archived = 150;
  for (int i = 0; i < kTries; ++i) {
    Broker late(member, "a", {}, 150);                                       // counts once, by its name
    EXPECT_FALSE(late.wait<JournalBroken>(std::chrono::milliseconds(500)));  // what there is, is told by then
    if (late.seen.size() == 1) return;
  }
  FAIL() << "a broker that begins with nothing still finds all blocks in etcd";
}

TEST_F(EtcdJournalTest, AnArchiveThatIsLongerThanTheStreamIsNotOfThisCluster) {
  Broker stranger(member, "stranger", BlockNo(9));
  ASSERT_TRUE(stranger.wait<LeadVacant>());
  stranger.journal().take_over(BlockNo(9));
  const auto broken = stranger.wait<JournalBroken>();
  ASSERT_TRUE(broken);
  EXPECT_NE(broken->reason.find("ends before block 9"), std::string::npos);
}

}  // namespace
}  // namespace broker::etcd
