// Streams of a connection, and readers that do not read.
#include "tests/bridge/session_fixture.h"

namespace bridge {
namespace {

// A bug: a fetched page was appended to the buffer from which a beat was being written.
TEST_F(SessionTest, APageThatComesWhileABeatIsWrittenWaitsForItsTurn) {
  subscribe({.from = msg::Seq(1)});
  std::uint64_t next = 1;
  // The peer does not read until the kernel takes no more. So a write is under way for as long as the test wants.
  for (int round = 0; round < 60; ++round) {
    session_->sweep(base::now().mono);
    io_.poll();
    if (asked_.empty()) break;
    reply(page(next, 1, 60'000));
    ++next;
    session_->sweep(base::now().mono);
    io_.poll();
  }
  const auto got = read();
  std::string line;
  std::istringstream lines(got.substr(got.find("\r\n\r\n") + 4));
  std::uint64_t seen = 0;
  while (std::getline(lines, line)) {
    if (line.rfind("id: ", 0) == 0) {
      ++seen;
      EXPECT_EQ(line.rfind(fmt::format("id: {}-", seen), 0), 0U) << line.substr(0, 40);
    } else {
      const bool whole = line.empty() || line == ": beat" || line == "retry: 1000" || line == "event: key_voided" ||
                         (line.rfind("data: {\"seq\":", 0) == 0 && line.back() == '}');
      ASSERT_TRUE(whole) << line.substr(0, 80) << " ... " << line.size();
    }
  }
  EXPECT_GT(seen, 1U);
  EXPECT_EQ(closed_, 0);
}

TEST_F(SessionTest, APeerThatDoesNotReadIsCutOffOnceTooMuchWaitsForReaders) {
  Response page;
  page.body = std::string(16 * 1024 * 1024, 'x');
  step_ = Answered{page, "items"};
  write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_GT(unwritten_, page.body.size());
  const auto begun = base::now().mono;
  session_->sweep(begun + 2s);
  EXPECT_EQ(closed_, 0) << "there is room for the answer";
  full_ = true;
  session_->sweep(begun);
  EXPECT_EQ(closed_, 0) << "the write has just begun";
  session_->sweep(begun + 2s);
  EXPECT_EQ(closed_, 1);
  io_.poll();
  EXPECT_EQ(unwritten_, 0U);
}

TEST_F(SessionTest, ABodyForWhichThereIsNoRoomIsRefusedAndOneForWhichThereIsIsServed) {
  const std::string head = "POST / HTTP/1.1\r\nHost: shop\r\nContent-Length: 90000\r\n\r\n";
  for (int round = 0; round < 2; ++round) {
    write(head + std::string(50'000, 'x'));
    EXPECT_EQ(read(), "");
    EXPECT_EQ(bodies_, 50'000U);
    write(std::string(40'000, 'x'));
    EXPECT_THAT(read(), testing::StartsWith("HTTP/1.1 200"));
    EXPECT_EQ(bodies_, 0U);
  }
  bodies_max_ = 40'000;
  write(head + std::string(50'000, 'x'));
  EXPECT_THAT(read(), testing::StartsWith("HTTP/1.1 503"));
  EXPECT_EQ(bodies_, 0U);
}

TEST_F(SessionTest, AnAnswerThatIsReadIsNotWaitedFor) {
  for (int round = 0; round < 2; ++round) {
    Response page;
    page.body = std::string(100'000, 'x');
    step_ = Answered{page, "items"};
    write("GET / HTTP/1.1\r\nHost: shop\r\n\r\n");
    EXPECT_GT(read().size(), page.body.size());
    EXPECT_EQ(unwritten_, 0U);
    full_ = true;
    session_->sweep(base::now().mono + 2s);
    EXPECT_EQ(closed_, 0);
  }
}

TEST_F(SessionTest, AnAnswerThatNothingHasChangedHasNoBody) {
  step_ = Answered{{304, {}, "a body", {{"ETag", "x"}}}, "item"};
  write("GET /a HTTP/1.1\r\nHost: shop\r\n\r\n");
  EXPECT_THAT(read(), testing::AllOf(testing::StartsWith("HTTP/1.1 304"), testing::EndsWith("\r\n\r\n")));
}

TEST_F(SessionTest, AnEventIsSentAsItIsPublished) {
  subscribe({});
  EXPECT_THAT(read(), testing::HasSubstr("retry: 1000\n\n"));
  feed_.publish({event(101, "news")});
  session_->on_published();
  EXPECT_THAT(read(), testing::HasSubstr("id: 101-0123abcd\ndata: news\n\n"));
}

}  // namespace
}  // namespace bridge
