// Refusals: which of them end a request, and when it is tried again.
#include "client/core.h"

#include "tests/client/scripted.h"

namespace {

using std::chrono::milliseconds;
using namespace scripted;

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
  for (const auto refusal : {msg::Code::kMalformed, msg::Code::kInvalid, msg::Code::kUnknownType,
                             msg::Code::kUnsupportedVersion, msg::Code::kForbidden}) {
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

TEST_F(Refused, AClientThatAsksTooOftenWaitsForTheTimeThatItIsTold) {
  lookup();
  refuse(Copy(copies[0]), msg::Code::kBusy, "not so often", 700);
  wait_until(690);
  EXPECT_EQ(copies.size(), 1U);
  wait_until(700 + 200);
  ASSERT_EQ(copies.size(), 2U);
  answer(Copy(copies[1]));
  EXPECT_FALSE(ends.at(0).refusal);
}

TEST_F(Refused, AClientThatAskedTooOftenToTheEndIsToldSo) {
  lookup();
  buy("k");
  for (const auto& each : std::vector<Copy>(copies)) refuse(each, msg::Code::kBusy, "not so often", 60'000);
  wait_until(4'990);
  EXPECT_TRUE(ends.empty());
  EXPECT_EQ(copies.size(), 2U);
  wait_until(5'000);
  ASSERT_EQ(ends.size(), 2U);
  for (const auto& end : ends) {
    EXPECT_EQ(end.refusal->code, msg::Code::kBusy) << "also of the write, which had no effect";
    EXPECT_EQ(end.refusal->message, "the store refuses, because this client asks too often: not so often");
    EXPECT_EQ(end.refusal->retry_ms, 60'000U);
  }
}

TEST_F(Refused, AWriteOfWhichACopyMayHaveAnEffectIsUnknownAlsoIfTheClientAsksTooOften) {
  buy("k");
  wait_until(300);
  ASSERT_EQ(copies.size(), 2U);
  refuse(Copy(copies[1]), msg::Code::kBusy, "not so often", 60'000);
  wait_until(5'000);
  EXPECT_EQ(code(0), msg::Code::kUnknown);
  EXPECT_NE(ends[0].refusal->message.find("not so often"), std::string::npos);
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

TEST_F(Refused, AnUnavailableFrontendIsNotTheFirstChoiceOfTheNextRequests) {
  lookup();
  refuse(Copy(copies[0]), msg::Code::kUnavailable);
  lookup();
  EXPECT_EQ(copies.back().to, kSecond);
}

TEST_F(Refused, ABusyFrontendStaysTheFirstChoice) {
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

}  // namespace
