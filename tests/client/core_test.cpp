#include "client/core.h"

#include <set>

#include "tests/client/scripted.h"

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using namespace scripted;

using Asking = ClientCore;

TEST_F(Asking, ARequestGoesToOneFrontendAndItsAnswerEndsIt) {
  lookup();
  ASSERT_EQ(copies.size(), 1U);
  EXPECT_EQ(copies[0].to, kFirst);
  now_ms = 3;
  answer(copies[0]);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_FALSE(ends[0].refusal);
  EXPECT_EQ(msg::decode<msg::ItemReply>(ends[0].body)->item.id, base::ItemId(1));
  EXPECT_EQ(ends[0].header.seq, base::Seq(7));
  EXPECT_EQ(ends[0].frontend, kFirst);
  EXPECT_EQ(ends[0].took, milliseconds(3));
  EXPECT_EQ(core->under_way(), 0U);
}

TEST_F(Asking, ManyRequestsAtOnceLeaveInOneFrame) {
  for (int i = 0; i < 10; ++i) {
    core->submit(msg::Status{}, {}, now(), out, nullptr);
  }
  collect();
  EXPECT_EQ(copies.size(), 10U);
  EXPECT_EQ(frames_sent, 1);
}

TEST_F(Asking, OptionsTravelInTheHeader) {
  lookup({.stale_ok_ms = 60000, .fresh = true, .trace = true});
  EXPECT_EQ(copies[0].header.stale_ok, 60000U);
  EXPECT_EQ(copies[0].header.fresh, true);
  EXPECT_EQ(copies[0].header.trace, true);
}

TEST_F(Asking, WithoutOptionsTheHeaderIsSmall) {
  lookup();
  EXPECT_FALSE(copies[0].header.stale_ok || copies[0].header.fresh || copies[0].header.trace);
}

TEST_F(Asking, TheTtlIsATenthLessThanWhatIsLeft) {
  lookup({.timeout = seconds(5)});
  EXPECT_EQ(copies[0].header.ttl, 4500U);
}

TEST_F(Asking, TheTtlLeavesAtLeastFiftyMilliseconds) {
  lookup({.timeout = milliseconds(200)});
  EXPECT_EQ(copies[0].header.ttl, 150U);
}

TEST_F(Asking, TheTtlIsNeverZero) {
  lookup({.timeout = milliseconds(20)});
  EXPECT_EQ(copies[0].header.ttl, 1U);
}

TEST_F(Asking, TheAnswersOfOnePackedFrameEachFindTheirRequest) {
  lookup();
  lookup();
  base::Bytes frame;
  for (const auto i : {1U, 0U}) {
    msg::ItemReply reply;
    reply.item.id = base::ItemId(100 + i);
    msg::append_message(frame, msg::reply_header(copies[i].header.id, {}), reply);
  }
  hear(kFirst, frame);
  ASSERT_EQ(ends.size(), 2U);
  EXPECT_EQ(msg::decode<msg::ItemReply>(ends[0].body)->item.id, base::ItemId(101));
  EXPECT_EQ(msg::decode<msg::ItemReply>(ends[1].body)->item.id, base::ItemId(100));
}

TEST_F(Asking, AnAnswerMayCauseTheNextRequest) {
  int rounds = 0;
  std::function<void(const client::Answer&)> again = [&](const client::Answer&) {
    if (++rounds < 3) core->submit(msg::Status{}, {}, now(), out, again);
  };
  core->submit(msg::Status{}, {}, now(), out, again);
  collect();
  for (std::size_t i = 0; i < copies.size(); ++i) answer(Copy(copies[i]));
  EXPECT_EQ(rounds, 3);
}

TEST_F(Asking, SpreadBeginsAtAnotherFrontend) {
  lookup({.spread = 1});
  lookup({.spread = 2});
  EXPECT_EQ(copies[0].to, kSecond);
  EXPECT_EQ(copies[1].to, kFirst);
}

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

using Refused = ClientCore;

TEST_F(Refused, BusinessRefusalsAreFinal) {
  for (const auto refusal : {msg::Code::kOutOfStock, msg::Code::kUnknownItem, msg::Code::kUnknownOrder,
                             msg::Code::kPriceChanged, msg::Code::kVersionChanged, msg::Code::kItemExists,
                             msg::Code::kKeyReused, msg::Code::kKeyVoided, msg::Code::kLimit}) {
    buy("k");
    refuse(Copy(copies.back()), refusal);
    EXPECT_EQ(code(ends.size() - 1), refusal);
  }
  EXPECT_EQ(ends.size(), 9U);
}

TEST_F(Refused, WrongRequestsAreFinal) {
  for (const auto refusal :
       {msg::Code::kMalformed, msg::Code::kInvalid, msg::Code::kUnknownType, msg::Code::kUnsupportedVersion}) {
    lookup();
    refuse(Copy(copies.back()), refusal);
    EXPECT_EQ(code(ends.size() - 1), refusal);
  }
}

TEST_F(Refused, BusyIsTriedAgainAfterAWhile) {
  buy("k");
  refuse(Copy(copies[0]), msg::Code::kBusy);
  wait_until(20);
  EXPECT_EQ(copies.size(), 1U);
  wait_until(200);
  ASSERT_EQ(copies.size(), 2U);
  EXPECT_EQ(key_of(copies[1]), "k");
  answer(Copy(copies[1]));
  EXPECT_EQ(ends.size(), 1U);
  EXPECT_FALSE(ends[0].refusal);
}

TEST_F(Refused, CrowdsThatWereRefusedTogetherDoNotComeBackTogether) {
  for (int i = 0; i < 20; ++i) lookup();
  for (int i = 0; i < 20; ++i) refuse(Copy(copies[static_cast<std::size_t>(i)]), msg::Code::kBusy);
  wait_until(30);
  const auto early = copies.size();
  wait_until(210);
  EXPECT_GT(early, 20U);
  EXPECT_LT(early, 40U);
  EXPECT_EQ(copies.size(), 40U);
}

TEST_F(Refused, UnavailableIsTriedElsewhereAtOnce) {
  for (const auto refusal : {msg::Code::kUnavailable, msg::Code::kNotWriter}) {
    with({kFirst, kSecond});
    copies.clear();
    lookup();
    refuse(Copy(copies[0]), refusal);
    tick();
    ASSERT_EQ(copies.size(), 2U);
    EXPECT_EQ(copies[1].to, kSecond);
  }
}

TEST_F(Refused, WhenNobodyCanItWaitsBetweenTries) {
  lookup();
  refuse(Copy(copies[0]), msg::Code::kUnavailable);
  tick();
  refuse(Copy(copies[1]), msg::Code::kUnavailable);
  wait_until(20);
  EXPECT_EQ(copies.size(), 2U);
  wait_until(230);
  EXPECT_EQ(copies.size(), 3U);
}

TEST_F(Refused, TwoRefusalsAtOnceMakeOneNewTry) {
  lookup();
  wait_until(300);
  refuse(copies[0], msg::Code::kBusy);
  refuse(copies[1], msg::Code::kBusy);
  wait_until(510);
  EXPECT_EQ(of_type("lookup").size(), 3U);
}

TEST_F(Refused, ASecondRefusalDoesNotPutTheNextTryOff) {
  for (int i = 0; i < 20; ++i) lookup();
  wait_until(300);
  const auto refused = copies;
  ASSERT_EQ(refused.size(), 40U);
  for (std::size_t i = 0; i < 20; ++i) refuse(refused[i], msg::Code::kBusy);
  wait_until(320);
  for (std::size_t i = 20; i < 40; ++i) refuse(refused[i], msg::Code::kBusy);
  wait_until(360);
  EXPECT_EQ(copies.size(), 60U);
}

TEST_F(Refused, WhoIsUnavailableIsNotTheFirstChoiceOfTheNextRequests) {
  lookup();
  refuse(Copy(copies[0]), msg::Code::kUnavailable);
  lookup();
  EXPECT_EQ(copies.back().to, kSecond);
}

TEST_F(Refused, WhoIsBusyStaysTheFirstChoice) {
  lookup();
  refuse(Copy(copies[0]), msg::Code::kBusy);
  lookup();
  EXPECT_EQ(copies.back().to, kFirst);
}

TEST_F(Refused, AnEarlyUnknownIsAskedAgainWithTheSameKey) {
  buy("k");
  now_ms = 100;
  refuse(Copy(copies[0]), msg::Code::kUnknown, "frontend-1 is stopping");
  EXPECT_TRUE(ends.empty());
  tick();
  ASSERT_EQ(copies.size(), 2U);
  EXPECT_EQ(key_of(copies[1]), "k");
}

TEST_F(Refused, UnknownAtTheEndOfTheTtlIsHandedOn) {
  buy("k");
  now_ms = 4510;
  refuse(Copy(copies[0]), msg::Code::kUnknown, "the writer has not answered");
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(code(0), msg::Code::kUnknown);
  EXPECT_EQ(ends[0].refusal->message, "the writer has not answered");
}

TEST_F(Refused, AWordOfANewerPeerIsLikeUnknown) {
  lookup();
  msg::Header header = msg::reply_header(copies[0].header.id, {});
  header.err = "shop_on_fire";
  base::Bytes frame;
  msg::append_message(frame, header, msg::Refusal{.message = "it burns"});
  hear(kFirst, frame);
  EXPECT_TRUE(ends.empty());
  wait_until(5000);
  EXPECT_EQ(code(0), msg::Code::kUnavailable);
  EXPECT_NE(ends[0].refusal->message.find("it burns"), std::string::npos);
}

using Deadline = ClientCore;

TEST_F(Deadline, ReadsBecomeUnavailable) {
  lookup();
  wait_until(4990);
  EXPECT_TRUE(ends.empty());
  wait_until(5000);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(code(0), msg::Code::kUnavailable);
  EXPECT_NE(ends[0].refusal->message.find(kFirst), std::string::npos);
  EXPECT_TRUE(ends[0].frontend.empty());
  EXPECT_EQ(core->under_way(), 0U);
}

TEST_F(Deadline, TheTimeIsToldInWholeSecondsOrInMilliseconds) {
  for (const auto& [timeout, text] :
       {std::pair(milliseconds(2000), "within 2 s "), std::pair(milliseconds(1500), "within 1500 ms ")}) {
    lookup({.timeout = timeout});
    wait_until(now_ms + 2000);
    EXPECT_NE(ends.back().refusal->message.find(text), std::string::npos) << ends.back().refusal->message;
  }
}

TEST_F(Deadline, OfAWriteIsUnknownNeverFailed) {
  buy("k");
  wait_until(5000);
  EXPECT_EQ(code(0), msg::Code::kUnknown);
  EXPECT_NE(ends[0].refusal->message.find("outcome"), std::string::npos);
}

TEST_F(Deadline, OfAWriteIsUnknownEvenIfTheLastWordWasARefusal) {
  buy("k");
  wait_until(300);
  refuse(Copy(copies[1]), msg::Code::kUnavailable, "no writer");
  wait_until(5000);
  EXPECT_EQ(code(0), msg::Code::kUnknown);
  EXPECT_NE(ends[0].refusal->message.find("no writer"), std::string::npos);
}

TEST_F(Deadline, TellsTheLastReasonHeard) {
  lookup();
  refuse(Copy(copies[0]), msg::Code::kUnavailable, "frontend-1 has no lease");
  wait_until(5000);
  EXPECT_NE(ends[0].refusal->message.find("frontend-1 has no lease"), std::string::npos);
}

TEST_F(Deadline, NothingIsSentAfterIt) {
  lookup({.timeout = milliseconds(250)});
  wait_until(2000);
  EXPECT_EQ(of_type("lookup").size(), 1U);
  EXPECT_EQ(ends.size(), 1U);
}

TEST_F(Deadline, AnAnswerAfterItChangesNothing) {
  buy("k");
  wait_until(5000);
  answer(copies[0]);
  EXPECT_EQ(ends.size(), 1U);
}

}  // namespace
