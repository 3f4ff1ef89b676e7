// One connection over a real socket, inside a server that the test scripts.
#pragma once

#include <gmock/gmock.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>

#include "bridge/session.h"

namespace bridge {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

class SessionTest : public testing::Test, public Host {
 protected:
  SessionTest() {
    limits_.beat = 0s;  // a beat whenever nothing else is being written
    feed_.begin(msg::Seq(100));
    feed_.publish({event(100, "the last one")});
    connect();
  }
  ~SessionTest() override { hang_up(); }

  // `tls`: as of Session.
  void connect(boost::asio::ssl::context* tls = nullptr) {
    io_.restart();
    tcp::acceptor acceptor(io_, {boost::asio::ip::address_v4::loopback(), 0});
    peer_.connect(acceptor.local_endpoint());
    peer_.set_option(tcp::no_delay(true));  // each piece is sent at once
    session_ = std::make_shared<Session>(*this, acceptor.accept(), "192.0.2.1", tls);
    session_->start();
  }
  void hang_up() {
    session_->on_stop();
    peer_.close();
    io_.poll();
  }
  void write(std::string_view text) {
    boost::asio::write(peer_, boost::asio::buffer(text.data(), text.size()));
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
    write("GET /v1/events HTTP/1.1\r\nHost: shop\r\n\r\n");
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
  // Everything that the peer has been sent so far.
  std::string read() {
    std::string all;
    for (int idle = 0; idle < 3;) {
      const auto ran = io_.poll();
      const auto waiting = peer_.available();
      if (waiting == 0) {
        idle = ran == 0 ? idle + 1 : 0;
        continue;
      }
      std::string piece(waiting, '\0');
      piece.resize(peer_.read_some(boost::asio::buffer(piece)));
      all += piece;
    }
    return all;
  }

  // Host
  const Site& site() const override { return site_; }
  const Limits& limits() const override { return limits_; }
  Step handle(Request request, std::string visitor, std::optional<Asker> asker) override {
    handled_.push_back(std::move(request));
    visitor_ = std::move(visitor);
    asker_ = std::move(asker);
    if (step_) return std::move(*std::exchange(step_, std::nullopt));
    return Answered{{.body = fmt::format("{}", handled_.size())}, "route"};
  }
  void traced(Trace& trace) override { traced_.push_back(trace); }
  void submit(Ask, std::function<void(const client::Answer&)> done) override { asked_.push_back(std::move(done)); }
  Feed& feed() override { return feed_; }
  Puller& puller() override { return puller_; }
  bool body_is(std::size_t before, std::size_t now) override {
    bodies_ = bodies_ - before + now;
    return bodies_ <= bodies_max_;
  }
  void unwritten(std::size_t bytes) override { unwritten_ += bytes; }
  void written(std::size_t bytes) override { unwritten_ -= bytes; }
  bool is_full() const override { return full_; }
  Metrics& metrics() override { return metrics_; }
  const std::string& date() const override { return date_; }
  bool stopping() const override { return stopping_; }
  Visitors& visitors() override { return visitors_; }
  TokenQuotas& token_quotas() override { return token_quotas_; }
  SignIns& sign_ins() override { return sign_ins_; }
  void handshake_failed() override { ++handshakes_failed_; }
  void closed(Session&) override { ++closed_; }

  Limits limits_;
  Visitors visitors_{{}};
  TokenQuotas token_quotas_{{}};
  SignIns sign_ins_;
  Site site_{.origins = {"https://friend.example"}};
  boost::asio::io_context io_;
  tcp::socket peer_{io_};
  Feed feed_;
  std::deque<std::function<void(const client::Answer&)>> asked_;
  Puller puller_{
      [this](Ask ask, std::function<void(const client::Answer&)> done) { submit(std::move(ask), std::move(done)); },
      feed_, [](const FeedBatch&) {}, [](const std::string&) {}};
  Metrics metrics_;
  std::string date_ = "today";
  std::optional<Step> step_;  // of the next request; each later one is answered with its number
  std::vector<Request> handled_;
  std::vector<Trace> traced_;
  std::string visitor_;         // of the last request
  std::optional<Asker> asker_;  // of the last request
  std::size_t bodies_ = 0;
  std::size_t bodies_max_ = 100'000;
  std::size_t unwritten_ = 0;
  bool full_ = false;
  bool stopping_ = false;
  int closed_ = 0;
  int handshakes_failed_ = 0;
  std::shared_ptr<Session> session_;
};

}  // namespace bridge
