// The courier with a scripted store and a real receiver: subscriptions, order, dead letters, and what the next process
// finds.
#include "bridge/courier.h"

#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "bridge/dead_letters.h"
#include "bridge/webhook_file.h"
#include "client/client.h"
#include "msg/block.h"
#include "tests/support/directory.h"

namespace bridge {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;
using msg::Seq;
using testing::ElementsAre;

constexpr const char* kKey = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";

// Takes requests of one connection at a time, notes the webhook-id of each, and answers with its present status.
class Receiver {
 public:
  Receiver() : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}), thread_([this] { run(); }) {}
  ~Receiver() {
    ends_ = true;
    is_silent_ = false;
    tcp::socket wake(io_);
    boost::system::error_code ignored;
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }

  std::string url() const { return fmt::format("http://127.0.0.1:{}/", acceptor_.local_endpoint().port()); }
  void answer(unsigned status) { status_ = status; }
  void be_silent(bool is_silent) { is_silent_ = is_silent; }
  int connections() const { return connections_; }
  // Waits until so many requests have come, and returns the seqs of their ids.
  std::vector<std::string> ids(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 30s, [&] { return ids_.size() >= count; }));
    return ids_;
  }

 private:
  void run() {
    while (true) {
      auto socket = acceptor_.accept();
      if (ends_) return;
      ++connections_;
      while (serve(socket)) {
      }
    }
  }
  // One request of the connection. Returns false at its end.
  bool serve(tcp::socket& socket) {
    boost::system::error_code error;
    std::string text;
    const auto head = boost::asio::read_until(socket, boost::asio::dynamic_buffer(text), "\r\n\r\n", error);
    if (error) return false;
    const auto size = head + std::stoul(text.substr(text.find("Content-Length: ") + 16));
    boost::asio::read(socket, boost::asio::dynamic_buffer(text, size),
                      boost::asio::transfer_exactly(size - text.size()), error);
    if (error) return false;
    constexpr std::string_view kId = "webhook-id: ";
    const auto at = text.find(kId) + kId.size();
    {
      const std::lock_guard lock(mutex_);
      ids_.push_back(text.substr(at, text.find('-', at) - at));
    }
    changed_.notify_all();
    while (is_silent_) std::this_thread::yield();
    const auto answer = fmt::format("HTTP/1.1 {} x\r\nContent-Length: 0\r\n\r\n", status_.load());
    boost::asio::write(socket, boost::asio::buffer(answer), error);
    return !error;
  }

  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> ends_ = false;
  std::atomic<bool> is_silent_ = false;
  std::atomic<unsigned> status_ = 200;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> ids_;
  std::thread thread_;
};

class CourierTest : public testing::Test {
 protected:
  CourierTest() {
    write_private("key", kKey);
    options.name = "till";
    options.url = *url_of(receiver.url());
    options.key_files = {directory / "key"};
    options.allow_private = true;
  }

  static std::string entry_of(const WebhookOptions& each) {
    auto text = fmt::format(R"({{"name":"{}","url":"{}{}","keys":["{}"],"allow_private":true,"pauses":[1])", each.name,
                            each.url.origin(), each.url.path, fmt::join(each.key_files, "\",\""));
    if (each.from) text += fmt::format(R"(,"from":{})", *each.from);
    if (each.ttl) text += fmt::format(R"(,"keep":{})", *each.ttl);
    if (!each.types.empty()) text += fmt::format(R"(,"types":["{}"])", fmt::join(each.types, "\",\""));
    return text + "}";
  }
  void write_private(const std::string& name, const std::string& text) const {
    std::ofstream(directory / "new") << text;
    std::filesystem::permissions(directory / "new", std::filesystem::perms::owner_all);
    std::filesystem::rename(directory / "new", directory / name);
  }
  void write_webhooks(const std::vector<WebhookOptions>& all) const {
    std::vector<std::string> entries;
    for (const auto& each : all) entries.push_back(entry_of(each));
    write_private("webhooks.json", fmt::format(R"({{"webhooks":[{}]}})", fmt::join(entries, ",")));
  }
  // The courier of a process that has just begun.
  void begin() {
    courier.reset();
    write_webhooks({options});
    desk.emplace();
    courier.emplace(
        directory / "webhooks.json", directory.string(), *desk, [this](Ask ask, auto done) { submit(ask, done); },
        [](const std::string& why) { ADD_FAILURE() << why; });
    courier->start();
    courier->told(Seq(last), 0);
  }
  // Returns once the courier has ended; it is destroyed then.
  void end() {
    std::atomic<bool> has_ended = false;
    courier->end([&] { has_ended = true; });
    wait_for([&] { return has_ended.load(); });
    courier.reset();
  }
  void more(std::uint64_t events) {
    {
      const std::lock_guard lock(mutex);
      last += events;
    }
    courier->told(Seq(last), 0);
  }
  WebhookAnswer state() { return desk->list(base::now()).webhooks.at(0); }
  template <class Condition>
  void wait_for(Condition condition) {
    const auto end = base::now().mono + 30s;
    while (!condition() && base::now().mono < end) std::this_thread::yield();
    EXPECT_TRUE(condition());
  }

  // The store: its stream has `last` events, of which every third is not about keys.
  void submit(const Ask& ask, const std::function<void(const client::Answer&)>& done) {
    client::Answer answer;
    const std::lock_guard lock(mutex);
    if (ask.type == msg::ListSubscriptions::kType) {
      const auto found = subscriptions.find(msg::decode<msg::ListSubscriptions>(ask.body)->name.value());
      if (!tells_subscriptions) {
        answer.refusal = msg::Refusal{.code = msg::Code::kUnavailable};
      } else if (found == subscriptions.end()) {
        answer.refusal = msg::Refusal{.code = msg::Code::kUnknownSubscription};
      } else {
        answer.body = msg::encoded(msg::SubscriptionsReply{{found->second}, Seq(last)});
      }
    } else if (ask.type == msg::Subscribe::kType) {
      subscribed = *msg::decode<msg::Subscribe>(ask.body);
      auto& made = subscriptions[subscribed->name];
      made = {.name = subscribed->name, .id = Seq(1), .ttl = 60'000};
      made.cursor = Seq(subscribed->from.value_or(Seq(last + 1)).value() - 1);
      answer.body = msg::encoded(msg::SubscriptionReply{Seq(1), made});
    } else if (ask.type == msg::Acknowledge::kType) {
      if (takes_no_acknowledgement) return;
      const auto request = *msg::decode<msg::Acknowledge>(ask.body);
      const auto now = base::now().mono;
      auto& at = acknowledged_at[request.name];
      if (now < at + std::chrono::milliseconds(msg::kAcknowledgeMsMin)) {
        answer.refusal = msg::Refusal{.code = msg::Code::kLimit};
      } else {
        at = now;
        subscriptions[request.name].cursor = request.cursor;
        answer.body = msg::encoded(msg::SubscriptionReply{Seq(1), subscriptions[request.name]});
      }
    } else {
      answer.body = msg::encoded(events(msg::decode<msg::Events>(ask.body)->from.value()));
    }
    done(answer);
  }
  msg::EventsReply events(std::uint64_t from) const {
    msg::Block block{.no = base::BlockNo(1), .first = Seq(from), .count = static_cast<std::uint32_t>(last + 1 - from)};
    block.prev.bytes = msg::no_hash();
    for (auto seq = from; seq <= last; ++seq) {
      const auto key = std::to_string(seq);
      msg::encode(seq % 3 == 0 ? msg::Event{1, msg::HolderLeft{}} : msg::Event{1, msg::KeyVoided{key}},
                  block.events.bytes);
    }
    return {{{msg::encode_block(block)}}, Seq(last)};
  }
  // A webhook of another name and receiver.
  WebhookOptions another() const {
    auto mailer = options;
    mailer.name = "mailer";
    mailer.url = *url_of(other.url());
    return mailer;
  }
  Seq cursor(const std::string& name = "till") {
    const std::lock_guard lock(mutex);
    const auto found = subscriptions.find(name);
    return found == subscriptions.end() ? Seq() : found->second.cursor;
  }

  support::Directory directory;
  Receiver receiver;
  Receiver other;
  WebhookOptions options;
  std::mutex mutex;
  std::uint64_t last = 8;
  std::map<std::string, msg::Subscription> subscriptions;
  std::optional<msg::Subscribe> subscribed;
  std::map<std::string, base::Mono> acknowledged_at;
  bool takes_no_acknowledgement = false;
  bool tells_subscriptions = true;
  std::optional<Desk> desk;
  std::optional<Courier> courier;
};

TEST_F(CourierTest, MakesItsSubscriptionAndSendsTheEventsOfItsTypesInTheirOrder) {
  options.from = Seq(2);
  options.types = {"key_voided"};
  options.ttl = 5'000;
  begin();
  EXPECT_THAT(receiver.ids(5), ElementsAre("2", "4", "5", "7", "8"));
  wait_for([&] { return state().cursor == Seq(8); });
  EXPECT_EQ(state().delivered, 5U);
  EXPECT_EQ(receiver.connections(), 1);
  EXPECT_EQ(state().state, WebhookState::kDelivering);
  EXPECT_EQ(subscribed->from, Seq(2));
  EXPECT_EQ(subscribed->types, options.types);
  EXPECT_EQ(subscribed->ttl, 5'000);
  wait_for([&] { return cursor() == Seq(8); });
  options.from = Seq(1);
  begin();
  wait_for([&] { return state().cursor == Seq(8); });
  EXPECT_EQ(receiver.ids(5).size(), 5U) << "it goes on at the cursor";
}

TEST_F(CourierTest, EventsThatComeLaterAreSent) {
  begin();
  wait_for([&] { return state().cursor == Seq(8); });
  more(2);
  EXPECT_THAT(receiver.ids(2), ElementsAre("9", "10"));
}

TEST_F(CourierTest, ADeadLetterIsOnTheDiskAndTheNextProcessSendsItAgain) {
  options.from = Seq(8);
  receiver.answer(500);
  begin();
  EXPECT_THAT(receiver.ids(2), ElementsAre("8", "8"));
  wait_for([&] { return state().dead_letters == 1; });
  wait_for([&] { return !DeadLetters(directory / "till.d").read().empty(); });
  EXPECT_EQ(state().cursor, Seq(8));
  wait_for([&] { return cursor() == Seq(8); });
  receiver.answer(200);
  begin();
  wait_for([&] { return state().dead_letters == 1; });
  EXPECT_EQ(desk->redeliver("till", Seq(8)), 1U);
  EXPECT_EQ(receiver.ids(3).size(), 3U);
  wait_for([&] { return DeadLetters(directory / "till.d").read().empty(); });
  EXPECT_EQ(state().dead_letters, 0U);
}

TEST_F(CourierTest, ARemovedDeadLetterLeavesTheDisk) {
  options.from = Seq(8);
  receiver.answer(500);
  begin();
  wait_for([&] { return !DeadLetters(directory / "till.d").read().empty(); });
  EXPECT_TRUE(desk->remove("till", Seq(8)));
  wait_for([&] { return DeadLetters(directory / "till.d").read().empty(); });
}

TEST_F(CourierTest, AReceiverThatIsGoneStaysSoInTheNextProcessUntilItIsEnabled) {
  options.from = Seq(8);
  receiver.answer(410);
  begin();
  EXPECT_THAT(receiver.ids(1), ElementsAre("8"));
  wait_for([&] {
    const auto kept = DeadLetters(directory / "till.d").state();
    return kept && kept->disabled;
  });
  receiver.answer(200);
  begin();
  wait_for([&] { return state().state == WebhookState::kDisabled; });
  EXPECT_EQ(state().cursor, Seq(7));
  desk->enable("till", base::now());
  EXPECT_EQ(receiver.ids(2).size(), 2U);
  wait_for([&] { return state().cursor == Seq(8); });
}

TEST_F(CourierTest, AWebhookThatIsEnabledWhileItStartsSendsOnceItsSubscriptionIsKnown) {
  options.from = Seq(8);
  DeadLetters(directory / "till.d").put_state({Seq(7), true}, true);
  tells_subscriptions = false;
  begin();
  desk->enable("till", base::now());
  EXPECT_EQ(state().state, WebhookState::kStarting);
  {
    const std::lock_guard lock(mutex);
    tells_subscriptions = true;
  }
  EXPECT_THAT(receiver.ids(1), ElementsAre("8"));
  wait_for([&] {
    const auto kept = DeadLetters(directory / "till.d").state();
    return kept && !kept->disabled;
  });
}

TEST_F(CourierTest, ADroppedSubscriptionIsMadeAgainBehindTheLastCursor) {
  DeadLetters(directory / "till.d").put_state({Seq(6), false}, true);
  options.from = Seq(1);
  begin();
  EXPECT_THAT(receiver.ids(2), ElementsAre("7", "8"));
  EXPECT_EQ(subscribed->from, Seq(7));
}

TEST_F(CourierTest, AnotherHistoryBeginsAtTheSubscription) {
  options.from = Seq(7);
  begin();
  EXPECT_THAT(receiver.ids(2), ElementsAre("7", "8"));
  wait_for([&] { return state().cursor == Seq(8); });
  {
    const std::lock_guard lock(mutex);
    subscriptions["till"].cursor = Seq(4);
    last = 5;
  }
  courier->told(Seq(5), 1);
  EXPECT_THAT(receiver.ids(3), ElementsAre("7", "8", "5"));
}

TEST_F(CourierTest, AtItsEndItAcknowledgesWhatWasTaken) {
  options.from = Seq(7);
  begin();
  wait_for([&] { return cursor() == Seq(8); });
  more(2);
  wait_for([&] { return state().cursor == Seq(10); });
  end();
  EXPECT_EQ(cursor(), Seq(10));
  begin();
  more(2);
  EXPECT_THAT(receiver.ids(6), ElementsAre("7", "8", "9", "10", "11", "12"));
}

TEST_F(CourierTest, AtItsEndItWaitsForTheLetterThatIsUnderWayAndBeginsNoOther) {
  options.from = Seq(7);
  receiver.be_silent(true);
  begin();
  EXPECT_THAT(receiver.ids(1), ElementsAre("7"));
  std::atomic<bool> has_ended = false;
  courier->end([&] { has_ended = true; });
  receiver.be_silent(false);
  wait_for([&] { return has_ended.load(); });
  EXPECT_EQ(cursor(), Seq(7));
  EXPECT_THAT(receiver.ids(1), ElementsAre("7"));
}

TEST_F(CourierTest, ItsEndIsBoundedInTime) {
  takes_no_acknowledgement = true;
  options.from = Seq(8);
  begin();
  EXPECT_EQ(receiver.ids(1).size(), 1U);
  wait_for([&] { return state().cursor == Seq(8); });
  const auto before = base::now().mono;
  end();
  EXPECT_GE(base::now().mono, before + Courier::kEnd);
  EXPECT_EQ(cursor(), Seq(7));
}

TEST_F(CourierTest, AnotherWebhookInTheFileBeginsAndTheOneThatStaysGoesOn) {
  options.from = Seq(7);
  begin();
  EXPECT_THAT(receiver.ids(2), ElementsAre("7", "8"));
  auto mailer = another();
  mailer.from = Seq(8);
  write_webhooks({mailer, options});
  EXPECT_THAT(other.ids(1), ElementsAre("8"));
  more(1);
  EXPECT_THAT(other.ids(2), ElementsAre("8", "9"));
  EXPECT_THAT(receiver.ids(3), ElementsAre("7", "8", "9"));
  EXPECT_EQ(receiver.connections(), 1);
  wait_for([&] { return desk->list(base::now()).webhooks.at(1).delivered == 3; });
  EXPECT_EQ(state().name, "mailer");
}

TEST_F(CourierTest, AChangedWebhookGoesOnBehindWhatTheFormerOneDelivered) {
  options.from = Seq(7);
  begin();
  EXPECT_THAT(receiver.ids(2), ElementsAre("7", "8"));
  options.url = *url_of(other.url());
  write_webhooks({options});
  wait_for([&] { return state().receiver == options.url.origin(); });
  EXPECT_EQ(cursor(), Seq(8));
  more(2);
  EXPECT_THAT(other.ids(2), ElementsAre("9", "10"));
  EXPECT_THAT(receiver.ids(2), ElementsAre("7", "8"));
}

TEST_F(CourierTest, AWebhookThatIsNotInTheFileAnyMoreIsAcknowledgedAndEnds) {
  options.from = Seq(7);
  begin();
  EXPECT_THAT(receiver.ids(2), ElementsAre("7", "8"));
  auto mailer = another();
  write_webhooks({mailer});
  wait_for([&] { return state().name == "mailer"; });
  EXPECT_EQ(cursor(), Seq(8));
  EXPECT_EQ(desk->list(base::now()).webhooks.size(), 1U);
  more(1);
  EXPECT_THAT(other.ids(3), ElementsAre("7", "8", "9"));
  EXPECT_THAT(receiver.ids(2), ElementsAre("7", "8"));
}

TEST_F(CourierTest, AFileWithAFaultLeavesTheFormerWebhooksUntilTheFaultIsGone) {
  options.from = Seq(8);
  begin();
  EXPECT_THAT(receiver.ids(1), ElementsAre("8"));
  options.url = *url_of(other.url());
  options.key_files = {directory / "late"};
  write_webhooks({options});
  more(1);
  EXPECT_THAT(receiver.ids(2), ElementsAre("8", "9"));
  write_private("late", kKey);
  wait_for([&] { return state().receiver == options.url.origin(); });
  more(1);
  EXPECT_THAT(other.ids(1), ElementsAre("10"));
}

TEST_F(CourierTest, OneProcessUsesADirectory) {
  begin();
  EXPECT_THROW(
      Courier(
          directory / "webhooks.json", directory.string(), *desk, [](const auto&, const auto&) {}, [](const auto&) {}),
      std::runtime_error);
}

}  // namespace
}  // namespace bridge
