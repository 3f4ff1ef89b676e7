// One connection over a real socket, with a server around it that does what the test says.
#include "bridge/session.h"

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>

namespace bridge {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

class SessionTest : public testing::Test, public Host {
 protected:
  SessionTest() {
    limits_.beat = 0s;  // a beat whenever nothing else is being written
    feed_.begin(msg::Seq(100));
    feed_.publish({event(100, "the last one")});
    tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
    peer_.connect(acceptor.local_endpoint());
    session_ = std::make_shared<Session>(*this, acceptor.accept());
    session_->start();
  }
  ~SessionTest() override {
    session_->on_stop();
    peer_.close();
    io_.poll();
  }

  static std::shared_ptr<const FeedEvent> event(std::uint64_t seq, const std::string& data) {
    auto made = std::make_shared<FeedEvent>();
    made->id = {msg::Seq(seq), "0123abcd"};
    made->text = fmt::format("id: {}\ndata: {}\n\n", made->id.text(), data);
    return made;
  }
  void subscribe(EventStream wanted) {
    step_ = std::move(wanted);
    const std::string request = "GET /v1/events HTTP/1.1\r\nHost: shop\r\n\r\n";
    boost::asio::write(peer_, boost::asio::buffer(request));
    io_.poll();
  }
  // The store's answer to the oldest request for events.
  void reply(const msg::EventsReply& body) {
    ASSERT_FALSE(asked_.empty());
    client::Answer answer;
    answer.body = msg::encoded(body);
    const auto done = std::move(asked_.front());
    asked_.pop_front();
    done(answer);
  }
  static msg::EventsReply page(std::uint64_t first, std::size_t count, std::size_t bytes) {
    msg::Block block{.no = base::BlockNo(1), .first = msg::Seq(first), .count = static_cast<std::uint32_t>(count)};
    block.prev.bytes = msg::no_hash();
    for (std::size_t i = 0; i < count; ++i) {
      msg::encode(msg::Event{1, msg::KeyVoided{std::string(bytes, 'k')}}, block.events.bytes);
    }
    return {{{msg::encode_block(block)}}, msg::Seq(first + count - 1)};
  }
  // All that the peer has been sent until now.
  std::string read() {
    std::string all;
    for (int idle = 0; idle < 3;) {
      io_.poll();
      const auto waiting = peer_.available();
      if (waiting == 0) {
        ++idle;
        continue;
      }
      std::string piece(waiting, '\0');
      piece.resize(peer_.read_some(boost::asio::buffer(piece)));
      all += piece;
    }
    return all;
  }

  // Host
  const Limits& limits() const override { return limits_; }
  Step handle(Request) override { return std::move(step_); }
  void submit(Ask, std::function<void(const client::Answer&)> done) override { asked_.push_back(std::move(done)); }
  Feed& feed() override { return feed_; }
  Puller& puller() override { return puller_; }
  Metrics& metrics() override { return metrics_; }
  const std::string& date() const override { return date_; }
  bool stopping() const override { return false; }
  void closed(Session&) override { ++closed_; }

  Limits limits_;
  boost::asio::io_context io_;
  tcp::socket peer_{io_};
  Feed feed_;
  std::deque<std::function<void(const client::Answer&)>> asked_;
  Puller puller_{
      [this](Ask ask, std::function<void(const client::Answer&)> done) { submit(std::move(ask), std::move(done)); },
      feed_, [](const FeedBatch&) {}, [](const std::string&) {}};
  Metrics metrics_;
  std::string date_ = "today";
  Step step_ = LiveStream{};
  int closed_ = 0;
  std::shared_ptr<Session> session_;
};

// A beat was written from the buffer to which a fetched page was appended.
TEST_F(SessionTest, APageThatComesWhileABeatIsWrittenWaitsForItsTurn) {
  subscribe({.from = msg::Seq(1)});
  std::uint64_t next = 1;
  // The peer reads nothing until the kernel takes no more: then a write is under way for as long as the test wants.
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

TEST_F(SessionTest, AnEventIsSentAsItIsPublished) {
  subscribe({});
  EXPECT_THAT(read(), testing::HasSubstr("retry: 1000\n\n"));
  feed_.publish({event(101, "news")});
  session_->on_published();
  EXPECT_THAT(read(), testing::HasSubstr("id: 101-0123abcd\ndata: news\n\n"));
}

}  // namespace
}  // namespace bridge
