// Answers of the frontend: from its cache, from replicas, and through the gate.
#include "frontend/edge.h"
#include "tests/frontend/edge_fixture.h"

namespace edge_test {
namespace {

TEST_F(EdgeTest, AnswersNothingBeforeItHasALease) {
  hear_all(0);
  lookup(1, 1, 0);
  EXPECT_TRUE(sent.empty());
  tick(0);
  EXPECT_TRUE(sent.empty());
  grant(1);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].header.min, base::Seq(4));
}

TEST_F(EdgeTest, AHitNeedsNoReplica) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  lookup(2, 1, 3);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5", "2:stock 5"}));
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(EdgeTest, AnswersOfAViewThatHasDivergedAreForgotten) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  lookup(2, 2, 3);  // under way
  auto beat = stream.beat(stream.commit());
  beat.leader->diverged = {"catalog-1"};
  hear(beat, 4);
  tell_item(1, 5, 2, 5);
  take_answers();
  lookup(3, 1, 6);
  lookup(4, 2, 6);
  EXPECT_EQ(take_answers(), Answers{}) << "neither what was kept nor what came afterwards";
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[2].to, "tcp://catalog-2");
  tell_item(2, 6, 2, 7);
  hear(beat, 8);  // no news
  lookup(5, 1, 9);
  EXPECT_EQ(take_answers(), (Answers{"3:stock 6", "5:stock 6"}));
}

TEST_F(EdgeTest, AnAnswerToWhatWasNeverSentIsIgnored) {
  start();
  lookup(1, 1, 1);
  lookup(2, 1, 1);  // waits for the answer to the first
  sent[0].header.id += 1;
  tell_item(0, 4, 2, 2);
  EXPECT_EQ(take_answers(), Answers{});
  sent[0].header.id -= 1;
  tell_item(0, 5, 2, 3);
  EXPECT_EQ(take_answers(), (Answers{"2:stock 5", "1:stock 5"}));
}

TEST_F(EdgeTest, FreshGoesPastTheCache) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  lookup(2, 1, 3, {.fresh = true});
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(EdgeTest, AnEventDropsWhatItTouchesBeforeItIsAcknowledged) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  publish({support::stock_moved(1, -1, 4)}, 3);
  EXPECT_EQ(acknowledged, base::Seq(5));
  lookup(2, 1, 4);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].header.min, base::Seq(5));
}

TEST_F(EdgeTest, AFillThatAnEventOvertookIsNotKept) {
  start();
  lookup(1, 1, 1);
  publish({support::stock_moved(1, -1, 4)}, 2);
  tell_item(0, 5, 2, 3);  // answered before the event; right for the first client
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
  lookup(2, 1, 4);
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(EdgeTest, ConcurrentMissesShareOneRequest) {
  start();
  for (std::uint64_t id = 1; id <= 3; ++id) lookup(id, 1, 1);
  EXPECT_EQ(sent.size(), 1U);
  tell_item(0, 5, 2, 2);
  EXPECT_EQ(take_answers().size(), 3U);
}

TEST_F(EdgeTest, ARequestThatJoinedAfterAnEventDoesNotGetTheAnswerFromBeforeIt) {
  start();
  lookup(1, 1, 1);
  publish({support::stock_moved(1, -1, 4)}, 2);
  lookup(2, 1, 3);
  EXPECT_EQ(sent.size(), 1U);
  tell_item(0, 5, 2, 4);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
  ASSERT_EQ(sent.size(), 2U);
  mark(5, 5);
  tell_item(1, 4, 5, 6);
  EXPECT_EQ(take_answers(), (Answers{"2:stock 4"}));
}

TEST_F(EdgeTest, HoldsAnAnswerUntilTheWatermarkCoversWhatItReveals) {
  start();
  buy(1, "k1", 1);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].to, kOrder1);
  publish({support::stock_moved(1, -1, 4)}, 2, base::Seq(4));
  tell_item(0, 4, 5, 3);
  EXPECT_EQ(take_answers(), Answers{});
  mark(5, 4);
  EXPECT_EQ(take_answers().size(), 1U);
}

TEST_F(EdgeTest, WithoutTheGateTheAnswerLeavesAtOnce) {
  make(false);
  start();
  buy(1, "k1", 1);
  tell_item(0, 4, 5, 3);
  EXPECT_EQ(take_answers().size(), 1U);
}

TEST_F(EdgeTest, ARejectionIsHeldToo) {
  start();
  buy(1, "k1", 1);
  refuse(0, msg::Code::kOutOfStock, 5, 2);
  EXPECT_EQ(take_answers(), Answers{});
  mark(5, 3);
  EXPECT_EQ(take_answers(), (Answers{"1:out_of_stock"}));
}

TEST_F(EdgeTest, ANewWriterGetsWhatTheOldOneHasNotAnswered) {
  start();
  buy(1, "k1", 1);
  buy(2, "k2", 1);
  publish({support::appointed("order-2")}, 2);
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[2].to, kOrder2);
  EXPECT_EQ(sent[2].body, sent[0].body);
  EXPECT_EQ(sent[2].header.min, base::Seq(5));
}

TEST_F(EdgeTest, NotWriterIsNoAnswer) {
  start();
  buy(1, "k1", 1);
  refuse(0, msg::Code::kNotWriter, 4, 2);
  EXPECT_EQ(take_answers(), Answers{});
  publish({support::appointed("order-2")}, 3);
  EXPECT_EQ(sent.back().to, kOrder2);
}

TEST_F(EdgeTest, AWriteThatWasTurnedAwayOftenIsStillSentAgainSoonWhenACopyIsLost) {
  start();
  buy(1, "k1", 1);
  int ms = 2;
  for (int times = 0; times < 20; ++times, ms += 25) {
    refuse(sent.size() - 1, msg::Code::kNotWriter, 4, ms);
    tick(ms + 20);
  }
  const auto before = sent.size();
  tick(ms + 450);
  EXPECT_EQ(sent.size(), before + 1);
}

TEST_F(EdgeTest, ARefusalOfOneOfTwoCopiesIsFinalOnlyOnceTheKeyIsVoid) {
  start();
  buy(1, "k1", 1);
  publish({support::appointed("order-2")}, 2, base::Seq(9));
  ASSERT_EQ(sent.size(), 2U);
  refuse(1, msg::Code::kOutOfStock, 5, 3);
  EXPECT_EQ(take_answers(), Answers{});
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[2].header.t, "outcome");
  EXPECT_EQ(msg::decode<msg::Outcome>(sent[2].body)->key, "k1");
  tell_outcome(2, msg::OutcomeKind::kVoid, 6, 4);
  EXPECT_EQ(take_answers(), (Answers{"1:out_of_stock"}));
}

TEST_F(EdgeTest, ACopyThatDidTakeEffectIsTheAnswerInsteadOfTheRefusalOfTheOther) {
  start();
  buy(1, "k1", 1);
  publish({support::appointed("order-2")}, 2, base::Seq(9));
  refuse(1, msg::Code::kOutOfStock, 5, 3);
  tell_item(0, 4, 5, 3);  // a late answer, not the outcome
  EXPECT_EQ(take_answers(), Answers{});
  tell_outcome(2, msg::OutcomeKind::kOrder, 6, 4);
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[3].body, sent[0].body);
  tell_item(3, 4, 6, 5);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 4"}));
}

TEST_F(EdgeTest, AnOutcomeThatComesTwiceIsAnsweredOnce) {
  start();
  buy(1, "k1", 1);
  publish({support::appointed("order-2")}, 2);  // a second copy
  refuse(1, msg::Code::kOutOfStock, 5, 3);
  ASSERT_EQ(sent.size(), 3U);
  hear_all(380);
  grant(380);
  tick(410);  // no outcome has come, so it is asked for again
  ASSERT_EQ(sent.size(), 4U);
  EXPECT_EQ(sent[3].header.t, "outcome");
  tell_outcome(3, msg::OutcomeKind::kVoid, 6, 411);
  tell_outcome(2, msg::OutcomeKind::kVoid, 6, 412);
  publish({support::voided("k1")}, 413, base::Seq(6));
  EXPECT_EQ(take_answers(), (Answers{"1:out_of_stock"}));
}

TEST_F(EdgeTest, AReadWithAKeyInItIsStillARead) {
  start();
  const msg::Outcome keyed{"k1"};  // fields that a request does not have are ignored
  base::Bytes frame;
  msg::append_message(frame, {.t = "lookup", .id = 1}, msg::encoded(keyed));
  edge->on_request({"client", false}, frame, {at(1), out});
  collect(1);
  tick(150);
  ASSERT_EQ(sent.size(), 2U);
  refuse(1, msg::Code::kUnknownItem, 4, 160);
  EXPECT_EQ(sent.size(), 2U);
  EXPECT_EQ(take_answers(), (Answers{"1:unknown_item"}));
}

TEST_F(EdgeTest, AReadThatIsNotAnsweredGoesToAnotherReplica) {
  start();
  lookup(1, 1, 1);
  hear_all(120);
  tick(120);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_NE(sent[1].to, sent[0].to);
  tell_item(1, 5, 2, 121);
  tell_item(0, 5, 2, 122);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
}

TEST_F(EdgeTest, AReadStaysWithAReplicaThatAnswersOthersAndLeavesOneThatIsSilent) {
  start();
  for (std::uint64_t id = 1; id <= 4; ++id) lookup(id, 1, 1, {.fresh = true});
  ASSERT_EQ(sent[2].to, sent[0].to);
  ASSERT_NE(sent[1].to, sent[0].to);
  tell_item(2, 5, 2, 90);
  hear_all(120);
  tick(120);
  ASSERT_EQ(sent.size(), 6U) << "the reads of the silent replica";
  EXPECT_EQ(sent[4].header.id, sent[1].header.id);
  EXPECT_EQ(sent[5].header.id, sent[3].header.id);
  hear_all(240);
  tick(240);
  ASSERT_EQ(sent.size(), 7U);
  EXPECT_EQ(sent[6].header.id, sent[0].header.id) << "the other replica has become silent, too";
  EXPECT_NE(sent[6].to, sent[0].to);
}

TEST_F(EdgeTest, AReadThatABusyReplicaHasForgottenGoesToAnotherAfterTwoSeconds) {
  start();
  lookup(1, 1, 1, {.fresh = true});
  const auto first = sent[0];
  std::uint64_t id = 1;
  int ms = 50;
  const auto again = [&] {
    for (std::size_t i = 1; i < sent.size(); ++i) {
      if (sent[i].header.id == first.header.id) return true;
    }
    return false;
  };
  for (; ms < 3000 && !again(); ms += 50) {
    hear_all(ms);
    tick(ms);
    grant(ms);
    for (int both = 0; both < 2; ++both) {
      lookup(++id, 1, ms, {.fresh = true});
      tell_item(sent.size() - 1, 5, 2, ms);
    }
  }
  EXPECT_GT(ms, 2000);
  EXPECT_LT(ms, 2200);
}

TEST_F(EdgeTest, UncachedReadsOfOneClientAreBoundedAndOthersAreServed) {
  start();
  for (int round = 0; round < 2; ++round) {
    sent.clear();
    for (std::uint64_t id = 1; id <= 2000; ++id) lookup(id, 1, 1, {.fresh = true});
    ASSERT_EQ(sent.size(), 64U);
    base::Bytes frame;
    msg::append_request(frame, msg::Header{.id = 1, .fresh = true}, msg::Lookup{base::ItemId(2), {}});
    edge->on_request({"other", false}, frame, {at(1), out});
    collect(1);
    EXPECT_EQ(sent.size(), 64U + 1);
    for (std::size_t i = 0; i < sent.size(); ++i) tell_item(i, 5, 2, 2);
    EXPECT_EQ(sent.size(), 2001U);
    EXPECT_EQ(take_answers().size(), 2001U);
  }
  tick(1000);
  EXPECT_EQ(counter("under_way"), 0U);
  EXPECT_EQ(counter("reads_at_replicas"), 0U);
}

TEST_F(EdgeTest, WhenACrowdHasFilledAFrontendAClientWithLittleUnderWayIsStillTaken) {
  start();
  const auto ask_as = [&](const std::string& client, std::uint64_t reads) {
    base::Bytes frame;
    for (std::uint64_t id = 1; id <= reads; ++id) {
      msg::append_request(frame, msg::Header{.id = id, .fresh = true}, msg::Lookup{base::ItemId(1), {}});
    }
    edge->on_request({client, false}, frame, {at(1), out});
    collect(1);
    return take_answers().size();
  };
  for (int round = 0; round < 2; ++round) {
    const auto crowd = frontend::kUnderWayMax / frontend::kUnderWayPerClientMax;
    for (std::size_t i = 0; i < crowd; ++i) {
      EXPECT_EQ(ask_as(std::to_string(i), frontend::kUnderWayPerClientMax), 0U);
    }
    EXPECT_EQ(ask_as("late", frontend::kUnderWaySpared + 5), 5U) << "busy, beyond a little";
    EXPECT_EQ(ask_as("other", 1), 0U);
    std::size_t answered = 0;
    for (std::size_t i = 0; i < sent.size(); ++i) {
      tell_item(i, 5, 2, 2);
      answered += take_answers().size();
    }
    EXPECT_EQ(answered, frontend::kUnderWayMax + frontend::kUnderWaySpared + 1);
    sent.clear();
  }
}

TEST_F(EdgeTest, ReadsThatWaitForTheirTurnAreGivenUpWhenTheirTimeIsOver) {
  start();
  for (std::uint64_t id = 1; id <= 100; ++id) lookup(id, 1, 1, {.ttl = 50, .fresh = true});
  tick(100);
  EXPECT_EQ(take_answers().size(), 100U);
  tick(1000);
  EXPECT_EQ(counter("reads_at_replicas"), 0U);
}

TEST_F(EdgeTest, PausedPastItsLeaseItAnswersNothingUntilItHasCaughtUp) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  take_answers();
  lookup(2, 1, 600);  // after a pause in which the lease of 500 ms has ended
  EXPECT_EQ(take_answers(), Answers{});
  tick(601);
  stream.block({support::stock_moved(1, -1, 4)});  // it happened during the pause and is not heard yet
  grant(602);
  EXPECT_EQ(take_answers(), Answers{});
  edge->on_published("B", stream.published(stream.size(), base::Seq(5)), {at(603), out});
  collect(603);
  ASSERT_EQ(sent.size(), 2U);
  tell_item(1, 4, 5, 604);
  EXPECT_EQ(take_answers(), (Answers{"2:stock 4"}));
}

TEST_F(EdgeTest, ALookupByTitleIsAskedForAgainOnceAnItemIsAdded) {
  start();
  const msg::Lookup by_title{{}, "title 1"};
  ask(1, by_title, 1);
  tell_item(0, 5, 2, 2);
  ask(2, by_title, 3);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5", "2:stock 5"}));
  ASSERT_EQ(sent.size(), 1U);
  publish({support::item_added(3)}, 4, base::Seq(5));  // it could have this title and a lesser id
  ask(3, by_title, 5);
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(EdgeTest, APageThatANewItemHasOvertakenIsNotKept) {
  start();
  ask(1, msg::Search{}, 1);
  publish({support::item_added(3)}, 2, base::Seq(5));
  base::Bytes frame;
  msg::append_message(frame, msg::reply_header(sent.at(0).header, base::Seq(4)), msg::ItemsReply{});
  edge->on_reply(sent[0].to, frame, {at(3), out});
  collect(3);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
  ask(2, msg::Search{}, 4);
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(EdgeTest, UnknownItemIsNoAnswerToARequestAfterTheAddition) {
  start();
  lookup(1, 3, 1);
  publish({support::item_added(3)}, 2, base::Seq(5));
  lookup(2, 3, 3);  // shares the request that is under way
  refuse(0, msg::Code::kUnknownItem, 4, 4);
  EXPECT_EQ(take_answers(), (Answers{"1:unknown_item"}));
  EXPECT_EQ(sent.size(), 2U);
}

TEST_F(EdgeTest, WithALeaseStaleOkChangesNothing) {
  start();
  lookup(1, 1, 1, {.stale_ok = 60'000});
  tell_item(0, 5, 2, 2);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
}

}  // namespace
}  // namespace edge_test
