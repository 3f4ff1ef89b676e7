// The next release is linked here (tests/versions): it understands 1 and 2 and says 1.
#include "tests/client/scripted.h"

namespace {

using namespace scripted;
using Versions = ClientCore;

TEST_F(Versions, ARequestIsSentInTheVersionThatIsSpokenAndAnAnswerInTheNewestIsTaken) {
  lookup();
  EXPECT_EQ(copies[0].header.v, 1U);
  copies[0].header.v = 2;
  base::Bytes frame;
  msg::append_message(frame, msg::reply_header(copies[0].header, {}), msg::ItemReply{});
  hear(kFirst, frame);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_FALSE(ends[0].refusal);
}

TEST_F(Versions, AnAnswerInAVersionThatIsNotUnderstoodIsSaidToBe) {
  lookup();
  auto header = msg::reply_header(copies[0].header.id, {});
  header.v = 3;
  base::Bytes frame;
  msg::append_message(frame, header, msg::ItemReply{});
  hear(kFirst, frame);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(code(0), msg::Code::kUnsupportedVersion);
  EXPECT_NE(ends[0].refusal->message.find("it is older than the process that answers"), std::string::npos);
}

TEST_F(Versions, AnAnswerToAWriteThatIsNotUnderstoodMeansThatItMayHaveHappened) {
  buy("k-1");
  auto header = msg::reply_header(copies[0].header.id, {});
  header.v = 3;
  base::Bytes frame;
  msg::append_message(frame, header, msg::OrderReply{});
  hear(kFirst, frame);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(code(0), msg::Code::kUnknown);
  EXPECT_NE(ends[0].refusal->message.find("it is older than the process that answers"), std::string::npos);
}

TEST_F(Versions, ARefusalIsReadInEveryVersion) {
  lookup();
  auto header = msg::reply_header(copies[0].header.id, {});
  header.v = 3;
  header.err = "unsupported_version";
  base::Bytes frame;
  msg::append_message(frame, header, msg::Refusal{.message = "you are too old"});
  hear(kFirst, frame);
  EXPECT_EQ(code(0), msg::Code::kUnsupportedVersion);
  EXPECT_EQ(ends[0].refusal->message, "you are too old");
}

}  // namespace
