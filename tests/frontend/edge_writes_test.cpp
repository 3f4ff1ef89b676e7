// Writes under way at a frontend: their copies, and the meaning of a refusal of one copy.
#include "tests/frontend/edge_fixture.h"

namespace edge_test {
namespace {

using msg::Code;

class EdgeWritesTest : public EdgeTest {
 protected:
  // A write that was sent to order-1 and, after an appointment, to order-2.
  void buy_in_two_copies() {
    start();
    buy(1, "k1", 1);
    publish({support::appointed("order-2")}, 2, base::Seq(99));
    ASSERT_EQ(sent.size(), 2U);
  }
};

TEST_F(EdgeWritesTest, ATracedWriteTellsWhereTheTimeOfItsBlockWent) {
  auto beat = stream.beat(stream.commit());
  beat.host = "here";
  start();
  beat.leader->epoch = base::Epoch(4);
  beat.leader->writer = "order-1";
  hear(beat, 1);
  msg::Header traced;
  traced.trace = true;
  ask(1, msg::PlaceOrder{"k1", msg::OrderType::kBuy, {}, {{base::ItemId(1), base::Quantity(1), {}}}}, 10, traced);
  stream.block({support::stock_moved(1, -1, 4)});
  msg::Mark behind{base::Term(1), {}, stream.commit()};
  behind.times = {1000, 2000, static_cast<std::uint64_t>(at(20).mono.time_since_epoch().count())};
  edge->on_published("B", stream[stream.size()] + msg::encoded(behind), {at(23), out});
  collect(24);
  auto header = msg::reply_header(sent.at(0).header, stream.commit());
  header.spans = {{"order", 9000}, {"commit", 8000}};
  base::Bytes frame;
  msg::append_message(frame, header, msg::OrderReply{});
  edge->on_reply(sent[0].to, frame, {at(25), out});
  EXPECT_TRUE(answers.empty());
  mark(stream.commit().value(), 31);
  std::vector<std::string> told;
  for (const auto& span : last_spans) told.push_back(fmt::format("{} {}", span.tier, span.us));
  EXPECT_EQ(told, (Answers{"order 9000", "commit 8000", "append 5000", "queue 1000", "flush 2000", "fan-out 3000",
                           "apply 1000", "watermark 7000", "gate 6000", "frontend 21000"}));
}

TEST_F(EdgeWritesTest, BusyOfTheOnlyCopyIsHandedOn) {
  start();
  buy(1, "k1", 1);
  refuse(0, Code::kBusy, 4, 2);
  EXPECT_EQ(take_answers(), (Answers{"1:busy"}));
}

TEST_F(EdgeWritesTest, BusyOfOneOfTwoCopiesIsNoAnswer) {
  buy_in_two_copies();
  refuse(1, Code::kBusy, 4, 3);
  EXPECT_EQ(take_answers(), Answers{});
  tell_item(0, 4, 5, 4);  // the first copy was decided before
  EXPECT_EQ(take_answers(), (Answers{"1:stock 4"}));
}

TEST_F(EdgeWritesTest, BusyOfOneOfTwoCopiesIsUnknownWhenTheTimeIsOver) {
  for (const auto code : {Code::kBusy, Code::kUnavailable}) {
    make();
    sent.clear();
    start();
    buy(1, "k1", 1);
    tick(410);
    ASSERT_EQ(sent.size(), 2U);
    refuse(1, code, 4, 411);
    tick(5002);
    EXPECT_EQ(take_answers(), (Answers{"1:unknown"})) << msg::word(code);
  }
}

// A writer whose journal stalls answers like this: the first copy is pending, and the second comes too late.
TEST_F(EdgeWritesTest, BusyOfACopyThatWasSentAgainToTheSameWriterIsNoAnswer) {
  start();
  buy(1, "k1", 1);
  tick(410);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].to, sent[0].to);
  refuse(1, Code::kBusy, 4, 411);
  EXPECT_EQ(take_answers(), Answers{});
}

TEST_F(EdgeWritesTest, AWriteThatIsUndecidedIsSentAgainAsIfItWereSilent) {
  buy_in_two_copies();
  refuse(1, Code::kBusy, 4, 3);
  tick(390);
  EXPECT_EQ(sent.size(), 2U);
  tick(410);
  ASSERT_EQ(sent.size(), 3U);
  EXPECT_EQ(sent[2].body, sent[0].body);
}

TEST_F(EdgeWritesTest, BusyToTheOutcomeIsNoAnswerToTheWrite) {
  buy_in_two_copies();
  refuse(1, Code::kOutOfStock, 5, 3);
  ASSERT_EQ(sent.size(), 3U);
  refuse(2, Code::kBusy, 5, 4);
  EXPECT_EQ(take_answers(), Answers{});
  tell_outcome(2, msg::OutcomeKind::kVoid, 6, 5);
  EXPECT_EQ(take_answers(), (Answers{"1:out_of_stock"}));
}

TEST_F(EdgeWritesTest, AnOutcomeThatTheReplicaDoesNotKnowLeavesTheWriteUnknown) {
  buy_in_two_copies();
  refuse(1, Code::kOutOfStock, 5, 3);
  refuse(2, Code::kUnknownType, 5, 4);
  EXPECT_EQ(take_answers(), Answers{});
  tick(5002);
  EXPECT_EQ(take_answers(), (Answers{"1:unknown"}));
}

// The client cannot decode it either, and takes it for `unknown`.
TEST_F(EdgeWritesTest, AnOutcomeThatCannotBeReadIsHandedOn) {
  buy_in_two_copies();
  refuse(1, Code::kOutOfStock, 5, 3);
  base::Bytes frame;
  msg::append_message(frame, msg::reply_header(sent[2].header.id, base::Seq(5)), msg::OrdersReply{});
  edge->on_reply(sent[2].to, frame, {at(4), out});
  collect(4);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
  EXPECT_EQ(last_body, msg::encoded(msg::OrdersReply{}));
}

TEST_F(EdgeWritesTest, AKnownEffectIsNotRefusedAsBusy) {
  buy_in_two_copies();
  refuse(1, Code::kOutOfStock, 5, 3);
  tell_outcome(2, msg::OutcomeKind::kOrder, 6, 4);
  ASSERT_EQ(sent.size(), 4U);
  refuse(3, Code::kBusy, 6, 5);
  EXPECT_EQ(take_answers(), Answers{});
}

TEST_F(EdgeWritesTest, AnOutcomeInTwoCopiesIsNotRefusedWhileOneMayVoidTheKey) {
  for (const auto code : {Code::kBusy, Code::kUnknownType, Code::kUnsupportedVersion}) {
    make();
    sent.clear();
    start();
    ask(1, msg::Outcome{"k1"}, 1);
    tick(410);
    ASSERT_EQ(sent.size(), 2U);
    refuse(1, code, 4, 411);
    EXPECT_EQ(take_answers(), Answers{}) << msg::word(code);
  }
}

TEST_F(EdgeWritesTest, ARefusalByTheBytesOrTheKeyIsFinalForAllCopies) {
  for (const auto code : {Code::kKeyReused, Code::kKeyVoided, Code::kMalformed, Code::kInvalid}) {
    make();
    sent.clear();
    start();
    buy(1, "k1", 1);
    tick(410);
    ASSERT_EQ(sent.size(), 2U);
    refuse(1, code, 4, 411);
    EXPECT_EQ(take_answers(), (Answers{fmt::format("1:{}", msg::word(code))}));
  }
}

TEST_F(EdgeWritesTest, ReplicasOfTwoReleasesMayDifferSoTheKeyIsAskedFor) {
  for (const auto code : {Code::kUnknownType, Code::kUnsupportedVersion}) {
    make();
    sent.clear();
    start();
    buy(1, "k1", 1);
    tick(410);
    refuse(1, code, 4, 411);
    EXPECT_EQ(take_answers(), Answers{});
    EXPECT_EQ(sent.back().header.t, "outcome") << msg::word(code);
  }
}

// Refusals between processes never reach a client, because even that copy may have taken effect.
TEST_F(EdgeWritesTest, WordsBetweenProcessesAreNoAnswers) {
  for (const auto code : {Code::kNotWriter, Code::kFenced, Code::kSkipped}) {
    make();
    sent.clear();
    start();
    buy(1, "k1", 1);
    refuse(0, code, 4, 2);
    EXPECT_EQ(take_answers(), Answers{}) << msg::word(code);
    tick(30);
    EXPECT_EQ(sent.size(), 2U) << "asked again soon";
  }
}

TEST_F(EdgeWritesTest, AReadThatIsBusyIsToldSoHoweverOftenItWasSent) {
  start();
  lookup(1, 1, 1);
  tick(120);
  ASSERT_EQ(sent.size(), 2U);
  refuse(1, Code::kBusy, 4, 121);
  EXPECT_EQ(take_answers(), (Answers{"1:busy"}));
}

// --- sending again ---

TEST_F(EdgeWritesTest, AWriteThatWaitedForALeaseGoesToANewWriterAtOnce) {
  hear_all(0);
  tick(0);
  buy(1, "k1", 0);
  EXPECT_TRUE(sent.empty());
  grant(1);
  ASSERT_EQ(sent.size(), 1U);
  publish({support::appointed("order-2")}, 2);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].to, kOrder2);
}

TEST_F(EdgeWritesTest, AWriterThatAHeartbeatNamesFirstGetsThemAtOnce) {
  start();
  buy(1, "k1", 1);
  auto beat = stream.beat(stream.commit());
  beat.leader->epoch = base::Epoch(9);
  beat.leader->writer = "order-2";
  hear(beat, 2);
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].to, kOrder2);
  hear(beat, 3);
  EXPECT_EQ(sent.size(), 2U) << "once";
}

TEST_F(EdgeWritesTest, AWriteIsSentAgainLessAndLessOften) {
  start();
  buy(1, "k1", 0);
  std::vector<int> times;
  for (int ms = 20; ms <= 4980; ms += 20) {
    const auto before = sent.size();
    tick(ms);
    if (sent.size() > before) times.push_back(ms);
  }
  EXPECT_EQ(times, (std::vector<int>{400, 1200, 2800, 4800}));
}

TEST_F(EdgeWritesTest, ARequestThatSharesAnotherIsSentWhenTheOtherExpires) {
  start();
  lookup(1, 1, 1, {.ttl = 60});
  lookup(2, 1, 2);
  ASSERT_EQ(sent.size(), 1U);
  tick(80);
  EXPECT_EQ(take_answers(), (Answers{"1:unavailable"}));
  ASSERT_EQ(sent.size(), 2U);
  tell_item(1, 5, 2, 81);
  EXPECT_EQ(take_answers(), (Answers{"2:stock 5"}));
}

}  // namespace
}  // namespace edge_test
