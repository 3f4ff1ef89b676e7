// The client with its sockets against a frontend of a few lines, in a thread of its own.
#include "client/client.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace {

// Knows item 1; refuses all other lookups; gives every buy the number 1.
class TinyFrontend : public base::Core {
 public:
  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override {
    for (msg::FrameReader reader(frame); !reader.done();) {
      const auto message = reader.next();
      if (message) answer(*message, turn.out.reply(from));
    }
  }
  void on_reply(const base::Endpoint&, base::BytesView, base::Turn) override {}
  void on_published(std::string_view, base::BytesView, base::Turn) override {}
  void on_tick(base::Turn) override {}
  void on_settled(base::Turn) override {}
  void on_stop(base::Turn) override {}

 private:
  static void answer(const msg::Message& request, base::Bytes& frame) {
    auto header = msg::reply_header(request.header.id, base::Seq(5));
    if (request.header.t == "place") {
      msg::OrderReply reply;
      reply.order.no = base::OrderNo(1);
      return msg::append_message(frame, header, reply);
    }
    if (request.header.t == "order") return msg::append_message(frame, header, msg::Lookup{});  // not an order
    if (msg::decode<msg::Lookup>(request.body)->item != base::ItemId(1)) {
      return msg::append_refusal(frame, request.header.id, base::Seq(5), {.code = msg::Code::kUnknownItem});
    }
    if (request.header.trace) header.spans = {{"frontend", 3}};
    msg::ItemReply reply;
    reply.item.id = base::ItemId(1);
    msg::append_message(frame, header, reply);
  }
};

class ClientTest : public testing::Test {
 protected:
  ClientTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pygmy-client-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
    endpoint = "ipc://" + directory_ + "/frontend";
    thread_ = std::thread([this] {
      TinyFrontend core;
      net::Reactor reactor({.serve = {endpoint}}, core);
      reactor.run_until([this] { return stop_.load(); }, base::Mono::max());
    });
  }
  ~ClientTest() override {
    stop_ = true;
    thread_.join();
    std::filesystem::remove_all(directory_);
  }

  base::Endpoint nobody() const { return "ipc://" + directory_ + "/nobody"; }

  static client::Config config(std::vector<base::Endpoint> frontends) {
    client::Config config;
    config.frontends = std::move(frontends);
    config.try_next = std::chrono::milliseconds(50);
    return config;
  }

  base::Endpoint endpoint;

 private:
  std::string directory_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

msg::Lookup item(std::uint64_t id) { return {.item = base::ItemId(id), .title = {}}; }

TEST_F(ClientTest, ACallReturnsTheAnswer) {
  client::Client shop(config({endpoint}));
  const auto reply = shop.call(item(1));
  ASSERT_TRUE(reply.ok()) << reply.refusal->message;
  EXPECT_EQ(reply->item.id, base::ItemId(1));
  EXPECT_EQ(reply.seq, base::Seq(5));
  EXPECT_EQ(reply.frontend, endpoint);
  EXPECT_GT(reply.took.count(), 0);
}

TEST_F(ClientTest, ACallReturnsTheRefusal) {
  client::Client shop(config({endpoint}));
  const auto reply = shop.call(item(2));
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.refusal->code, msg::Code::kUnknownItem);
}

TEST_F(ClientTest, TheTimePerTierComesBackOnRequest) {
  client::Client shop(config({endpoint}));
  EXPECT_TRUE(shop.call(item(1)).spans.empty());
  EXPECT_EQ(shop.call(item(1), {.trace = true}).spans.size(), 1U);
}

TEST_F(ClientTest, AFrontendThatIsNotThereIsPassedOver) {
  client::Client shop(config({nobody(), endpoint}));
  const auto reply = shop.call(item(1));
  ASSERT_TRUE(reply.ok()) << reply.refusal->message;
  EXPECT_EQ(reply.frontend, endpoint);
}

TEST_F(ClientTest, NobodyThereEndsAtTheDeadline) {
  client::Client shop(config({nobody()}));
  const auto reply = shop.call(item(1), {.timeout = std::chrono::milliseconds(120)});
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.refusal->code, msg::Code::kUnavailable);
}

TEST_F(ClientTest, AnAnswerOfTheWrongShapeIsUnknown) {
  client::Client shop(config({endpoint}));
  const auto reply = shop.call(msg::GetOrder{base::OrderNo(1)});
  ASSERT_FALSE(reply.ok());
  EXPECT_EQ(reply.refusal->code, msg::Code::kUnknown);
}

TEST_F(ClientTest, ManyAreUnderWayAtOnce) {
  client::Client shop(config({endpoint}));
  int answers = 0;
  for (int i = 0; i < 1000; ++i) {
    shop.submit(item(1), {}, [&](const client::Answer& answer) { answers += answer.refusal ? 0 : 1; });
  }
  EXPECT_EQ(shop.under_way(), 1000U);
  shop.run_until([&] { return shop.under_way() == 0; });
  EXPECT_EQ(answers, 1000);
}

TEST_F(ClientTest, ADeadlineOfItsOwnDoesNotEndItBeforeItIsDone) {
  client::Client shop(config({endpoint}));
  bool answered = false;
  shop.submit(item(1), {}, [&](const client::Answer&) { answered = true; });
  shop.run_until([&] { return answered; }, base::now().mono + std::chrono::seconds(10));
  EXPECT_TRUE(answered);
}

TEST_F(ClientTest, AnEncodedRequestGoesAsWell) {
  client::Client shop(config({endpoint}));
  std::string error = "no end";
  shop.submit(msg::Lookup::kType, false, msg::encoded(item(1)), {},
              [&](const client::Answer& answer) { error = answer.refusal ? answer.refusal->message : ""; });
  shop.run_until([&] { return shop.under_way() == 0; });
  EXPECT_EQ(error, "");
}

}  // namespace
