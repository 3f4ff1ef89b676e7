#include "client/core.h"

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
    core->submit(msg::Status{}, {}, {now(), out}, nullptr);
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
  const auto& header = copies[0].header;
  EXPECT_FALSE(header.stale_ok || header.fresh || header.trace || header.token);
}

TEST_F(Asking, TheTokenGoesWithEachCopyAndEachProbe) {
  with({kFirst, kSecond}, "of the client");
  lookup();
  wait_until(300);
  ASSERT_EQ(copies.size(), 2U);
  answer(copies[1]);
  wait_until(1350);
  EXPECT_EQ(of_type("status").size(), 1U);
  for (const auto& copy : copies) EXPECT_EQ(copy.header.token, msg::Blob{"of the client"}) << copy.header.t;
}

TEST_F(Asking, ATokenOfTheRequestTakesThePlaceOfTheClients) {
  with({kFirst}, "of the client");
  lookup({.token = "of another"});
  lookup({.token = ""});
  EXPECT_EQ(copies[0].header.token, msg::Blob{"of another"});
  EXPECT_EQ(copies[1].header.token, msg::Blob()) << "the bridge asks for a client that has none";
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
    if (++rounds < 3) core->submit(msg::Status{}, {}, {now(), out}, again);
  };
  core->submit(msg::Status{}, {}, {now(), out}, again);
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
       {std::pair(milliseconds(2000), "(tried for 2 s)"), std::pair(milliseconds(1500), "(tried for 1500 ms)")}) {
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
