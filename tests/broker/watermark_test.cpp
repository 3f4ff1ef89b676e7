// DESIGN 5.1 to 5.4 at the broker.
#include "broker/watermark.h"

#include <gmock/gmock.h>

#include "tests/broker/driver.h"

namespace broker {
namespace {

constexpr int kLeaseEndsMs = 510;  // the lease, its margin, and the tick that notices

// A stream with a writer and two edges, f-1 and f-2, both leased and level.
class WatermarkTest : public testing::Test {
 protected:
  WatermarkTest() {
    broker.with_writer();
    join("f-1");
    join("f-2");
    level();
    broker.replies.clear();
  }
  void join(const std::string& edge) {
    broker.lease(edge, commit());
    broker.commit_all();
  }
  std::uint64_t commit() const { return broker.core->commit_seq().value(); }
  std::uint64_t mark() const { return broker.core->mark().value(); }
  void level() {
    broker.lease("f-1", commit());
    broker.lease("f-2", commit());
  }
  // Writes one more event, and returns the commit seq.
  std::uint64_t write() {
    broker.write(++producer);
    return commit();
  }

  Driver broker;
  std::uint64_t producer = 0;
};

TEST_F(WatermarkTest, AnEdgeThatGaveItsLeaseUpHoldsNobodyUp) {
  const auto written = write();
  broker.lease("f-1", written);
  EXPECT_LT(mark(), written);
  broker.ask(msg::LeaseRequest{"f-2", base::Incarnation(1), base::Seq(1), true}, "f-2");
  EXPECT_EQ(mark(), written);
}

TEST_F(WatermarkTest, IsTheCommitSeqWhileNobodyHoldsALease) {
  Driver lonely;
  lonely.with_writer();
  lonely.write(1);
  EXPECT_EQ(lonely.core->mark(), Seq(3));
}

TEST_F(WatermarkTest, AnEdgeIsRecordedBeforeItIsGranted) {
  broker.lease("f-3", commit());
  EXPECT_TRUE(broker.replies.empty()) << "not durable yet";
  broker.lease("f-3", commit());
  const auto asked_last = broker.last_id;
  broker.commit();
  ASSERT_EQ(broker.replies.size(), 1U);
  const auto reply = broker.reply();
  EXPECT_EQ(reply.header.id, asked_last) << "the answer is to the latest request";
  const auto lease = reply.as<msg::LeaseReply>();
  EXPECT_EQ(lease.term, base::Term(1));
  EXPECT_EQ(lease.commit, broker.core->commit_seq());
  EXPECT_EQ(lease.lease_ms, 500U);
  EXPECT_EQ(broker.control().holders.size(), 3U);
}

TEST_F(WatermarkTest, WaitsForEveryLeasedEdge) {
  const auto before = mark();
  const auto seq = write();
  EXPECT_EQ(mark(), before);
  broker.ack("f-1", seq);
  EXPECT_EQ(mark(), before);
  broker.ack("f-2", seq);
  EXPECT_EQ(mark(), seq);
}

TEST_F(WatermarkTest, IsPublishedWhenItMovesAndOnlyThen) {
  const auto seq = write();
  broker.published.clear();
  broker.ack("f-1", seq);
  EXPECT_TRUE(broker.topic("M").empty());
  broker.ack("f-2", seq);
  ASSERT_EQ(broker.topic("M").size(), 1U);
  const auto published = msg::decode<msg::Mark>(broker.topic("M").front()).value();
  EXPECT_EQ(published, (msg::Mark{base::Term(1), Seq(seq), Seq(seq)}));
  broker.ack("f-2", seq);
  EXPECT_EQ(broker.topic("M").size(), 1U);
}

TEST_F(WatermarkTest, APausedEdgeHoldsItUpForOneLeaseAtMost) {
  const auto before = mark();
  const auto seq = write();
  for (int ms = 0; ms < 490; ms += 10) {
    broker.pass(10);
    broker.lease("f-1", seq);
    ASSERT_EQ(mark(), before) << "f-2 may still answer, after " << ms << " ms";
  }
  broker.pass(30);
  EXPECT_EQ(mark(), seq);
}

TEST_F(WatermarkTest, APausedEdgeThatComesBackDoesNotPullItBack) {
  const auto old = commit();
  broker.pass(kLeaseEndsMs);
  const auto seq = write();
  EXPECT_EQ(mark(), seq);
  broker.lease("f-2", old);
  EXPECT_EQ(broker.reply().as<msg::LeaseReply>().commit, Seq(seq))
      << "it answers nothing before it has applied this seq";
  EXPECT_EQ(mark(), seq);
  const auto next = write();
  EXPECT_EQ(mark(), seq) << "from here on the watermark waits for it";
  broker.ack("f-2", next);
  EXPECT_EQ(mark(), next);
}

TEST_F(WatermarkTest, AcknowledgementsAreCumulative) {
  const auto seq = write();
  broker.ack("f-1", seq);
  broker.ack("f-2", seq);
  broker.ack("f-2", 1);
  const auto next = write();
  broker.ack("f-1", next);
  EXPECT_EQ(mark(), seq);
}

TEST_F(WatermarkTest, AnotherIncarnationIsAnotherHolder) {
  const auto before = mark();
  const auto seq = write();
  broker.ack("f-1", seq);
  broker.ack("f-2", seq, 2);
  EXPECT_EQ(mark(), before) << "the process with the lease has not applied that much";
  EXPECT_EQ(broker.counter("acks_of_strangers"), 1U);
}

TEST_F(WatermarkTest, AnEdgeAheadOfTheStreamIsRefused) {
  broker.lease("f-1", commit() + 1);
  const auto reply = broker.reply();
  EXPECT_EQ(reply.err(), "invalid");
  EXPECT_THAT(reply.as<msg::Refusal>().message, testing::HasSubstr("follows another store"));
  const auto before = mark();
  broker.ack("f-1", commit() + 1);
  broker.ack("f-2", ~std::uint64_t{0});
  const auto seq = write();
  EXPECT_EQ(mark(), before) << "an impossible acknowledgement is never taken";
  EXPECT_LT(before, seq);
  EXPECT_EQ(broker.counter("acks_beyond_stream"), 2U);
}

TEST_F(WatermarkTest, ALeaseIsBoundedByTheProofOfLeadership) {
  broker.journal.unproved = milliseconds(200);
  broker.lease("f-1", commit());
  EXPECT_EQ(broker.reply().as<msg::LeaseReply>().lease_ms, 300U);
  broker.journal.unproved = milliseconds(600);
  broker.lease("f-1", commit());
  const auto refused = broker.reply();
  EXPECT_EQ(refused.err(), "unavailable");
  EXPECT_THAT(refused.as<msg::Refusal>().message, testing::HasSubstr("the last proof is 600 ms old"));
}

// --- rule 4 ---

TEST_F(WatermarkTest, ANewLeaderWaitsForEveryRecordedHolder) {
  const auto seq = write();
  broker.reopen();
  broker.tick();
  EXPECT_EQ(broker.core->mark(), Seq(0));
  broker.write(++producer);
  EXPECT_EQ(mark(), 0U);
  broker.ack("f-1", commit());
  EXPECT_EQ(mark(), 0U) << "f-2 may hold a lease of the leader before";
  EXPECT_TRUE(broker.topic("M").empty()) << "an unknown mark is not published";
  broker.lease("f-2", seq);
  EXPECT_EQ(mark(), seq);
}

TEST_F(WatermarkTest, ANewLeaderWaitsAFullLeaseForAHolderThatIsGone) {
  write();
  broker.reopen();
  for (int ms = 0; ms < 500; ms += 50) {
    broker.lease("f-1", commit());
    EXPECT_EQ(mark(), 0U) << ms;
    broker.pass(50);
  }
  broker.pass(20);
  EXPECT_EQ(mark(), commit());
}

TEST_F(WatermarkTest, ANewEdgeDoesNotCutTheWaitShort) {
  broker.reopen();
  broker.lease("f-9", commit());
  broker.commit_all();
  EXPECT_EQ(mark(), 0U);
}

TEST_F(WatermarkTest, ANewLeaderWithAShorterLeaseWaitsForTheLongerOneBefore) {
  broker.config.lease = milliseconds(100);
  broker.reopen();
  broker.pass(490);
  EXPECT_EQ(mark(), 0U);
  broker.pass(30);
  EXPECT_EQ(mark(), commit());
}

// The second leader grants no lease; the third still waits for those of the first.
TEST_F(WatermarkTest, AShorterLeaseDoesNotReplaceTheLongerOneOnRecord) {
  broker.config.lease = milliseconds(100);
  broker.reopen();
  write();
  EXPECT_EQ(broker.control().lease_ms, 500U);
  broker.reopen();
  broker.pass(490);
  EXPECT_EQ(mark(), 0U);
}

TEST_F(WatermarkTest, ALongerLeaseIsGrantedOnceItIsOnRecord) {
  broker.config.lease = milliseconds(2000);
  broker.reopen();
  broker.lease("f-1", commit());
  EXPECT_EQ(broker.reply().as<msg::LeaseReply>().lease_ms, 500U);
  write();
  broker.lease("f-1", commit());
  EXPECT_EQ(broker.reply().as<msg::LeaseReply>().lease_ms, 2000U);
  broker.config.lease = milliseconds(500);
  broker.reopen();
  broker.pass(1500);
  EXPECT_EQ(mark(), 0U);
}

// --- holders that come, go, and lag ---

TEST_F(WatermarkTest, AHolderThatIsGoneIsForgotten) {
  for (int ms = 0; ms < 5600; ms += 50) {
    broker.lease("f-1", commit());
    broker.pass(50);
    if (broker.journal.in_flight()) broker.commit_all();
  }
  ASSERT_EQ(broker.control().holders.size(), 1U);
  EXPECT_EQ(broker.control().holders.front().holder, "f-1");
  broker.replies.clear();
  broker.lease("f-2", commit());
  EXPECT_TRUE(broker.replies.empty()) << "it must first be recorded again";
  broker.commit_all();
  EXPECT_EQ(broker.reply().err(), "");
}

TEST_F(WatermarkTest, AHolderThatComesBackWhileItsLeavingIsInFlightIsRecordedAgainBeforeItIsGranted) {
  broker.ask(append_of(broker.epoch(), ++producer));  // in flight
  broker.pass(5600);                                  // both holders are forgotten, behind it
  broker.replies.clear();
  broker.lease("f-2", 3);
  EXPECT_TRUE(broker.replies.empty());
  broker.commit();
  EXPECT_TRUE(broker.replies.empty());
  broker.commit();
  EXPECT_EQ(broker.reply().err(), "");
  EXPECT_THAT(broker.control().holders, testing::ElementsAre(msg::Holder{"f-2", Incarnation(1)}));
}

TEST_F(WatermarkTest, AnEdgeThatSendsButHearsNothingLosesItsLease) {
  const auto stuck = commit();
  const auto seq = write();
  int held_up_ms = 0;
  for (; mark() < seq && held_up_ms < 5000; held_up_ms += 50) {
    broker.pass(50);
    broker.lease("f-1", seq);
    broker.lease("f-2", stuck);
  }
  EXPECT_LT(held_up_ms, 1000);
  EXPECT_EQ(broker.reply().err(), "unavailable");
  broker.lease("f-2", seq);
  EXPECT_EQ(broker.reply().err(), "") << "it has caught up";
}

TEST_F(WatermarkTest, AnEdgeWithALongWayToGoIsNotWaitedFor) {
  for (int i = 0; i < 20; ++i) broker.write(++producer, 512);
  broker.pass(kLeaseEndsMs);
  level();
  broker.replies.clear();
  broker.lease("f-3", 1);
  broker.commit_all();
  EXPECT_EQ(broker.reply().err(), "unavailable");
  level();
  EXPECT_EQ(mark(), commit());
  broker.lease("f-3", commit() - 10);
  EXPECT_EQ(broker.reply().err(), "") << "near enough";
}

TEST_F(WatermarkTest, ThereIsRoomForSoManyHoldersAndNoMore) {
  for (int i = 0; i < 300; ++i) broker.lease("g-" + std::to_string(i), 1);
  EXPECT_EQ(broker.reply().err(), "busy");
  broker.commit_all();
  EXPECT_EQ(broker.control().holders.size(), Watermark::kHoldersMax);
}

TEST_F(WatermarkTest, AHolderNeedsAName) {
  broker.lease("", 1);
  EXPECT_EQ(broker.reply().err(), "invalid");
  broker.lease(std::string(65, 'x'), 1);
  EXPECT_EQ(broker.reply().err(), "invalid");
}

TEST_F(WatermarkTest, TheHeartbeatTellsWhoIsLeased) {
  const auto leader = broker.heartbeat().leader.value();
  EXPECT_EQ(leader.holders, 2U);
  EXPECT_EQ(leader.mark, broker.core->mark());
  broker.pass(kLeaseEndsMs);
  EXPECT_EQ(broker.heartbeat().leader->holders, 0U);
}

}  // namespace
}  // namespace broker
