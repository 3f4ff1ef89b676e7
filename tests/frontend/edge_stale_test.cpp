// The frontend without a lease: which old answers it gives, how old they are marked, and `events` (DESIGN 5.9).
#include "tests/frontend/edge_fixture.h"

namespace edge_test {
namespace {

// The lease of start() ends at 495 ms: 500 ms minus the margin of 1 %. Ages count 1 % more than the clock.
class StaleEdgeTest : public EdgeTest {
 protected:
  void events(std::uint64_t id, std::uint64_t from, std::uint32_t wait, int ms, msg::Header header = {}) {
    ask(id, msg::Events{base::Seq(from), {}, wait}, ms, header);
  }
  // The content of the last answer, a page of events.
  std::string page() const {
    const auto reply = msg::decode<msg::EventsReply>(last_body);
    return reply ? fmt::format("{} blocks, mark {}", reply->blocks.size(), reply->mark) : "no page";
  }
  void replayed(std::size_t index, const msg::ReplayReply& reply, int ms) {
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(sent.at(index).header.id, {}), reply);
    edge->on_reply(kBroker, frame, {at(ms), out});
    collect(ms);
  }
};

TEST_F(StaleEdgeTest, AnAnswerFromTheCacheIsMarkedWithTheAgeOfTheLease) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  take_answers();
  lookup(2, 1, 2000, {.stale_ok = 60'000});
  EXPECT_EQ(take_answers(), (Answers{"2:stock 5 stale 1521"}));
  lookup(3, 1, 2000, {.stale_ok = 1'520});
  EXPECT_EQ(take_answers(), Answers{});
}

TEST_F(StaleEdgeTest, AReplicaIsToldWhatWasAppliedLikeForAnExactAnswer) {
  start();
  publish({support::stock_moved(1, -1, 4)}, 1, base::Seq(5));
  lookup(1, 1, 600, {.stale_ok = 60'000});
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].header.min, base::Seq(5));
  tell_item(0, 4, 5, 601);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 4 stale 108"}));
}

TEST_F(StaleEdgeTest, TheAgeCountsFromTheLeaseThatHadEndedAlthoughThereIsAnotherByNow) {
  start();
  lookup(1, 1, 600, {.stale_ok = 60'000});
  hear_all(650);
  tick(650);
  grant(650);
  tell_item(0, 5, 2, 660);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5 stale 167"}));
}

TEST_F(StaleEdgeTest, AnAnswerThatCameTooLateIsAskedForAgainWhenThereIsALease) {
  start();
  lookup(1, 1, 600, {.stale_ok = 200});
  tell_item(0, 5, 2, 700);
  EXPECT_EQ(take_answers(), Answers{});
  hear_all(710);
  tick(710);
  grant(710);
  ASSERT_EQ(sent.size(), 2U);
  tell_item(0, 9, 2, 711);  // late, of the copy that might be old
  EXPECT_EQ(take_answers(), Answers{});
  tell_item(1, 5, 2, 712);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
}

TEST_F(StaleEdgeTest, AReplicaThatIsSilentIsAskedExactlyOnceThereIsALease) {
  start();
  lookup(1, 1, 600, {.stale_ok = 60'000});
  hear_all(650);
  tick(650);
  grant(650);
  tick(710);
  ASSERT_EQ(sent.size(), 2U);
  tell_item(1, 5, 2, 711);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
}

TEST_F(StaleEdgeTest, AnAnswerThatBecomesTooOldInTheGateIsRefused) {
  start();
  lookup(1, 1, 600, {.stale_ok = 200});
  tell_item(0, 4, 5, 601);
  EXPECT_EQ(take_answers(), Answers{}) << "no other frontend may have applied it";
  publish({support::stock_moved(1, -1, 4)}, 700, base::Seq(5));
  EXPECT_EQ(take_answers(), (Answers{"1:unavailable"}));
}

TEST_F(StaleEdgeTest, AFrontendThatNeverHadALeaseAnswersNothing) {
  hear_all(0);
  lookup(1, 1, 1, {.ttl = 100, .stale_ok = 4'000'000'000});
  events(2, 1, 0, 1, {.ttl = 100, .stale_ok = 4'000'000'000});
  EXPECT_EQ(sent.size(), 0U);
  tick(101);
  EXPECT_EQ(take_answers(), (Answers{"1:unavailable", "2:unavailable"}));
}

TEST_F(StaleEdgeTest, OrdersAreNeverStale) {
  start();
  ask(1, msg::GetOrder{base::OrderNo(1)}, 600, {.ttl = 100, .stale_ok = 60'000});
  EXPECT_EQ(sent.size(), 0U);
  tick(700);
  EXPECT_EQ(take_answers(), (Answers{"1:unavailable"}));
}

// --- events ---

TEST_F(StaleEdgeTest, WithoutALeaseEventsAreRefusedBeforeLongSoThatAnotherFrontendIsAsked) {
  start();
  publish({support::stock_moved(1, -1, 4)}, 1, base::Seq(5));
  events(1, 5, 2000, 600);
  events(2, 6, 2000, 600);
  tick(890);
  EXPECT_EQ(take_answers(), Answers{});
  tick(910);
  EXPECT_EQ(take_answers(), (Answers{"1:unavailable", "2:unavailable"}));
}

TEST_F(StaleEdgeTest, EventsThatWaitWhenTheLeaseEndsAreRefusedBeforeLong) {
  start();
  events(1, 5, 2000, 10);
  tick(790);
  EXPECT_EQ(take_answers(), Answers{});
  tick(810);
  EXPECT_EQ(take_answers(), (Answers{"1:unavailable"}));
}

TEST_F(StaleEdgeTest, EventsWaitForALease) {
  start();
  publish({support::stock_moved(1, -1, 4)}, 1, base::Seq(5));
  events(1, 5, 0, 600);
  tick(601);
  EXPECT_EQ(take_answers(), Answers{});
  grant(602);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
  EXPECT_EQ(page(), "1 blocks, mark 5");
}

TEST_F(StaleEdgeTest, StaleEventsAreMarked) {
  start();
  publish({support::stock_moved(1, -1, 4)}, 1, base::Seq(5));
  events(1, 5, 0, 600, {.stale_ok = 60'000});
  EXPECT_EQ(take_answers(), (Answers{"1:ok stale 107"}));
  EXPECT_EQ(page(), "1 blocks, mark 5");
  events(2, 6, 0, 700, {.stale_ok = 60'000});
  EXPECT_EQ(take_answers(), (Answers{"2:ok stale 208"}));
  EXPECT_EQ(page(), "0 blocks, mark 5");
}

TEST_F(StaleEdgeTest, StaleEventsThatHaveBecomeTooOldAreAskedForExactly) {
  start();
  events(1, 5, 200, 600, {.stale_ok = 300});
  tick(810);
  EXPECT_EQ(take_answers(), Answers{});
  tick(910);
  EXPECT_EQ(take_answers(), (Answers{"1:unavailable"}));
}

TEST_F(StaleEdgeTest, AnEmptyPageWaitsUntilTheWatermarkHasPassedWhatIsApplied) {
  start();
  publish({support::stock_moved(1, -1, 4)}, 1, base::Seq(4));
  // Seq 5 may have been acknowledged: this frontend has applied it and does not know the watermark yet.
  events(1, 5, 0, 2);
  events(2, 6, 0, 2);
  tick(30);
  EXPECT_EQ(take_answers(), Answers{});
  mark(5, 31);
  EXPECT_EQ(take_answers(), (Answers{"1:ok", "2:ok"}));
  EXPECT_EQ(page(), "0 blocks, mark 5");
}

TEST_F(StaleEdgeTest, AnEmptyPageThatTheWatermarkDoesNotCoverInTimeIsRefused) {
  start();
  publish({support::stock_moved(1, -1, 4)}, 1, base::Seq(4));
  events(1, 5, 50, 2, {.ttl = 100});
  tick(103);
  EXPECT_EQ(take_answers(), (Answers{"1:unavailable"}));
}

TEST_F(StaleEdgeTest, AWaitThatIsLongerThanTheTtlEndsWithAnEmptyPage) {
  start();
  events(1, 5, 1000, 2, {.ttl = 100});
  tick(103);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
  EXPECT_EQ(page(), "0 blocks, mark 4");
}

TEST_F(StaleEdgeTest, AMarkThatWasLostIsToldByTheNextHeartbeatAndWakesEvents) {
  start();
  publish({support::stock_moved(1, -1, 4)}, 1, base::Seq(4));
  events(1, 5, 1000, 2);
  EXPECT_EQ(take_answers(), Answers{});
  hear(stream.beat(base::Seq(5)), 50);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
  EXPECT_EQ(page(), "1 blocks, mark 5");
}

TEST_F(StaleEdgeTest, AWatermarkWithinABlockIsWaitedForNotAnsweredEmpty) {
  start();
  publish({support::voided("a"), support::voided("b")}, 1, base::Seq(5));
  events(1, 5, 1000, 2);
  EXPECT_EQ(take_answers(), Answers{});
  mark(6, 3);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
  EXPECT_EQ(page(), "1 blocks, mark 6");
}

TEST_F(StaleEdgeTest, AnEventThatTheWatermarkHasPassedAndThatIsNotAppliedYetIsWaitedFor) {
  start();
  publish({support::voided("a")}, 1, base::Seq(5));
  stream.block({support::voided("b")});
  mark(6, 1);
  events(1, 6, 0, 2);
  tick(30);
  EXPECT_EQ(take_answers(), Answers{});
  edge->on_published("B", stream.published(stream.size(), base::Seq(6)), {at(31), out});
  collect(31);
  tick(60);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
  EXPECT_EQ(page(), "1 blocks, mark 6");
}

TEST_F(StaleEdgeTest, AReplayWithoutABlockIsNotTheEndOfTheStream) {
  start();
  events(1, 1, 0, 2);  // older than the blocks that the frontend has
  ASSERT_EQ(sent.size(), 1U);
  replayed(0, {{}, base::Seq(4), {}}, 3);
  EXPECT_EQ(take_answers(), Answers{});
  hear_all(410);
  tick(410);
  grant(410);
  ASSERT_EQ(sent.size(), 2U);
  replayed(1, stream.replay(1, 3), 411);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
  EXPECT_EQ(page(), "3 blocks, mark 4");
}

TEST_F(StaleEdgeTest, AReplayThatNobodyAskedForIsIgnored) {
  start();
  events(1, 5, 1000, 2);
  sent.push_back({kBroker, {.id = (std::uint64_t{1} << 61) + 2}, {}});  // its id; the lease request had the one before
  replayed(0, stream.replay(1, 3), 3);
  EXPECT_EQ(take_answers(), Answers{});
}

}  // namespace
}  // namespace edge_test
