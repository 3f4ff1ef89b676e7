// A client that a frontend does not let in.
#include <gtest/gtest.h>

#include "client/core.h"

namespace {

using base::Bar;

class BarredTest : public testing::Test {
 protected:
  template <class Request>
  void submit(const Request& request) {
    core.submit(request, {}, turn(), [this](const client::Answer& answer) { ended.push_back(answer); });
  }
  base::Turn turn() { return {now, out}; }
  void bar(Bar why) { core.on_barred("tcp://a", why, turn()); }
  void answer_something() {
    msg::Header header;
    header.t = msg::kReplyType;
    base::Bytes frame;
    msg::append_message(frame, header, base::BytesView("\x80", 1));
    core.on_reply("tcp://b", frame, turn());
  }

  base::Now now{base::Mono(std::chrono::seconds(100)), 0};
  base::Outbox out;
  client::Core core{{.frontends = {"tcp://a", "tcp://b"}}};
  std::vector<client::Answer> ended;
};

TEST_F(BarredTest, RequestsEndAtOnceWithTheAdvice) {
  submit(msg::Lookup{.item = base::ItemId(1)});
  submit(msg::Outcome{.key = "k"});
  bar(Bar::kWantsKey);
  ASSERT_EQ(ended.size(), 2U);
  EXPECT_EQ(ended[0].refusal->code, msg::Code::kUnauthenticated);
  EXPECT_NE(ended[0].refusal->message.find("tcp://a wants a key: pass --key-file FILE"), std::string::npos);
  EXPECT_EQ(core.under_way(), 0U);
}

TEST_F(BarredTest, AKeyThatIsRefusedIsNamed) {
  submit(msg::Lookup{.item = base::ItemId(1)});
  bar(Bar::kDenied);
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_NE(ended[0].refusal->message.find("does not admit this key"), std::string::npos);
}

// Another frontend has answered, so the requests may be there.
TEST_F(BarredTest, RequestsGoOnOnceAFrontendHasAnswered) {
  answer_something();
  submit(msg::Outcome{.key = "k"});
  bar(Bar::kDenied);
  EXPECT_TRUE(ended.empty());
  now.mono += std::chrono::seconds(10);
  core.on_tick(turn());
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].refusal->code, msg::Code::kUnknown);
  EXPECT_NE(ended[0].refusal->message.find("does not admit this key"), std::string::npos) << "the reason is told";
}

// A process that stops closes connections, too.
TEST_F(BarredTest, AClosedConnectionEndsNothing) {
  submit(msg::Lookup{.item = base::ItemId(1)});
  bar(Bar::kClosed);
  EXPECT_TRUE(ended.empty());
  now.mono += std::chrono::seconds(10);
  core.on_tick(turn());
  ASSERT_EQ(ended.size(), 1U);
  for (const auto* word : {"of another store", "--key-file", "pygmy keys list"}) {
    EXPECT_NE(ended[0].refusal->message.find(word), std::string::npos) << ended[0].refusal->message;
  }
}

}  // namespace
