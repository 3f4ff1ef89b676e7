// Silent and slow frontends: copies of a request, and suspicion.
#include "client/core.h"

#include <set>

#include "tests/client/scripted.h"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using namespace scripted;

using FailingOver = ClientCore;

TEST_F(FailingOver, FailsOverWithTheSameKey) {
  buy("k-1");
  wait_until(290);
  EXPECT_EQ(copies.size(), 1U);
  wait_until(300);
  ASSERT_EQ(copies.size(), 2U);
  EXPECT_EQ(copies[1].to, kSecond);
  EXPECT_EQ(key_of(copies[1]), "k-1");
  EXPECT_EQ(copies[1].body, copies[0].body);
}

TEST_F(FailingOver, IdsUnderWayOnOneSocketDiffer) {
  with({kFirst});
  lookup();
  lookup();
  wait_until(300);
  ASSERT_EQ(copies.size(), 4U);
  std::set<std::uint64_t> ids;
  for (const auto& copy : copies) ids.insert(copy.header.id);
  EXPECT_EQ(ids.size(), 4U);
  EXPECT_EQ(ids.count(0), 0U);
}

TEST_F(FailingOver, LaterCopiesHaveASmallerTtl) {
  lookup({.timeout = seconds(1)});
  wait_until(300);
  EXPECT_EQ(copies[0].header.ttl, 900U);
  EXPECT_EQ(copies[1].header.ttl, 630U);
}

TEST_F(FailingOver, TheFirstDefiniteAnswerCountsWhoeverGivesIt) {
  lookup();
  wait_until(300);
  answer(copies[0]);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].frontend, kFirst);
}

TEST_F(FailingOver, LateAnswerIsIgnored) {
  buy("k-1");
  wait_until(300);
  answer(copies[1]);
  refuse(copies[0], msg::Code::kOutOfStock);
  EXPECT_EQ(ends.size(), 1U);
  EXPECT_FALSE(ends[0].refusal);
}

TEST_F(FailingOver, ARefusalOfOneOfTwoCopiesIsFinalOnlyOnceTheKeyIsVoid) {
  buy("k-1");
  wait_until(300);
  refuse(Copy(copies[1]), msg::Code::kOutOfStock);
  EXPECT_TRUE(ends.empty());
  ASSERT_EQ(copies.size(), 3U);
  EXPECT_EQ(copies[2].header.t, "outcome");
  EXPECT_EQ(key_of(copies[2]), "k-1");
  answer_with(Copy(copies[2]), {msg::OutcomeKind::kVoid, base::Seq(9), {}});
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(code(0), msg::Code::kOutOfStock);
}

TEST_F(FailingOver, AnAnswerThatComesTwiceIsNotTheAnswerToAnotherCopy) {
  buy("k-1");
  wait_until(300);
  refuse(Copy(copies[1]), msg::Code::kUnavailable);
  refuse(Copy(copies[1]), msg::Code::kUnavailable);
  wait_until(310);
  ASSERT_EQ(copies.size(), 3U);
  refuse(Copy(copies[2]), msg::Code::kOutOfStock);
  EXPECT_TRUE(ends.empty()) << "the first copy may still take effect";
  EXPECT_EQ(copies.back().header.t, "outcome");
}

TEST_F(FailingOver, ACopyThatDidTakeEffectIsTheAnswerInsteadOfTheRefusalOfTheOther) {
  buy("k-1");
  wait_until(300);
  refuse(Copy(copies[1]), msg::Code::kOutOfStock);
  answer_with(Copy(copies[2]), {msg::OutcomeKind::kOrder, base::Seq(9), {}});
  EXPECT_TRUE(ends.empty());
  ASSERT_EQ(copies.size(), 4U);
  EXPECT_EQ(copies[3].body, copies[0].body);
  answer(Copy(copies[3]));
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_FALSE(ends[0].refusal);
}

TEST_F(FailingOver, ALateAnswerToAnOutcomeIsNotTakenForTheAnswerToTheWrite) {
  buy("k-1");
  wait_until(300);
  refuse(Copy(copies[1]), msg::Code::kOutOfStock);
  wait_until(700);  // silence: the outcome is asked for twice
  ASSERT_EQ(copies.size(), 4U);
  const msg::OutcomeReply outcome{msg::OutcomeKind::kOrder, base::Seq(9), {}};
  answer_with(Copy(copies[2]), outcome);
  ASSERT_EQ(copies.size(), 5U);
  answer_with(Copy(copies[3]), outcome);
  EXPECT_TRUE(ends.empty());
  answer(Copy(copies[4]));
  EXPECT_EQ(ends.size(), 1U);
}

TEST_F(FailingOver, AKeyThatWasReusedNeedsNoOutcome) {
  buy("k-1");
  wait_until(300);
  refuse(Copy(copies[1]), msg::Code::kKeyReused);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(code(0), msg::Code::kKeyReused);
}

TEST_F(FailingOver, RefusalsOfAllCopiesAreFinalAtOnce) {
  buy("k-1");
  wait_until(300);
  refuse(Copy(copies[0]), msg::Code::kBusy);
  refuse(Copy(copies[1]), msg::Code::kOutOfStock);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(code(0), msg::Code::kOutOfStock);
}

TEST_F(FailingOver, AnswersToNobodyAreIgnored) {
  lookup();
  answer({kFirst, {.id = 999999}, {}});
  answer({"tcp://stranger", copies[0].header, {}});
  hear(kFirst, "\xc1");
  hear(kFirst, "");
  EXPECT_TRUE(ends.empty());
  EXPECT_EQ(core->under_way(), 1U);
}

TEST_F(FailingOver, ASilentFrontendIsNotTheFirstChoiceOfTheNextRequests) {
  lookup();
  wait_until(300);
  lookup();
  EXPECT_EQ(copies.back().to, kSecond);
}

TEST_F(FailingOver, ASlowAnswerAloneDoesNotMakeAFrontendSuspect) {
  lookup();
  now_ms = 100;
  lookup();
  answer(copies[1]);
  wait_until(300);  // the first lookup is asked elsewhere, but its frontend has been heard since
  lookup();
  EXPECT_EQ(copies.back().to, kFirst);
}

TEST_F(FailingOver, ASuspectIsAskedWhetherItIsWellOnceASecond) {
  lookup();
  wait_until(300);
  answer(copies[1]);
  wait_until(3350);
  const auto probes = of_type("status");
  EXPECT_EQ(probes.size(), 3U);
  for (const auto& probe : probes) EXPECT_EQ(probe.to, kFirst);
}

TEST_F(FailingOver, AProbeLeavesASecondAfterTheSuspicionAndMayTakeASecond) {
  lookup();
  refuse(Copy(copies[0]), msg::Code::kUnavailable);
  now_ms = 999;
  tick();
  EXPECT_TRUE(of_type("status").empty());
  now_ms = 1000;
  tick();
  ASSERT_EQ(of_type("status").size(), 1U);
  EXPECT_EQ(of_type("status")[0].header.ttl, 1000U);
}

TEST_F(FailingOver, ASuspectThatIsWellAgainIsAskedAgain) {
  lookup();
  wait_until(1400);
  tell_status(of_type("status").at(0), true);
  lookup();
  EXPECT_EQ(copies.back().to, kFirst);
}

TEST_F(FailingOver, ASuspectWithoutALeaseStaysASuspect) {
  lookup();
  wait_until(1400);
  tell_status(of_type("status").at(0), false);
  lookup();
  EXPECT_EQ(copies.back().to, kSecond);
}

TEST_F(FailingOver, ASingleFrontendIsAskedAgainAndNotProbed) {
  with({kFirst});
  lookup();
  wait_until(4000);
  EXPECT_GE(copies.size(), 3U);
  EXPECT_TRUE(of_type("status").empty());
}

TEST_F(FailingOver, CopiesBecomeRarerSoThatASlowStoreIsNotBuried) {
  with({kFirst});
  lookup({.timeout = seconds(10)});
  wait_until(9990);
  EXPECT_LE(copies.size(), 8U);
  EXPECT_GE(copies.size(), 5U);
}

TEST_F(FailingOver, ALongPollIsNotAskedTwice) {
  submit(msg::Events{base::Seq(1), {}, 2000}, {.try_next = milliseconds(2500)});
  wait_until(2400);
  EXPECT_EQ(copies.size(), 1U);
}

TEST_F(FailingOver, ALongPollThatIsRefusedGoesToAnotherFrontendAtOnce) {
  submit(msg::Events{base::Seq(1), {}, 2000}, {.try_next = milliseconds(2500)});
  refuse(Copy(copies[0]), msg::Code::kUnavailable);  // it has no lease
  wait_until(20);
  ASSERT_EQ(copies.size(), 2U);
  EXPECT_EQ(copies[1].to, kSecond);
  submit(msg::Events{base::Seq(1), {}, 2000}, {.try_next = milliseconds(2500)});
  EXPECT_EQ(copies[2].to, kSecond) << "the first one is suspected";
}

}  // namespace
