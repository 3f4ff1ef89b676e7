// The real loop over real sockets, in one thread, without sleeps: each step runs the loops until a condition holds.
#include "net/reactor.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>
#include <zmq.hpp>

#include "msg/envelope.h"
#include "msg/internal.h"
#include "net/backlog.h"
#include "tests/net/fixture.h"

namespace {

// Answers every frame with "echo:" and the frame, and records what it was told.
class EchoCore : public base::Core {
 public:
  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override {
    requests.emplace_back(frame);
    turn.out.reply(from) += answer.value_or("echo:" + base::Bytes(frame));
  }
  void on_reply(const base::Endpoint&, base::BytesView frame, base::Turn) override { replies.emplace_back(frame); }
  void on_published(std::string_view topic, base::BytesView payload, base::Turn) override {
    published.push_back(std::string(topic) + "=" + std::string(payload));
  }
  void on_tick(base::Turn turn) override {
    ++ticks;
    for (const auto& [topic, payload] : every_tick) turn.out.publish(topic, payload);
  }
  void on_settled(base::Turn) override {}
  void on_stop(base::Turn turn) override { turn.out.stop(); }

  std::optional<base::Bytes> answer;
  std::vector<std::string> requests;
  std::vector<std::string> replies;
  std::vector<std::string> published;
  std::vector<base::Publication> every_tick;
  int ticks = 0;
};

class ReactorTest : public net_test::SocketsTest<net::Reactor> {
 protected:
  EchoCore core;
  EchoCore peer;
};

TEST_F(ReactorTest, ARequestIsAnswered) {
  net::Reactor server({.serve = {endpoint("a")}}, core);
  net::Reactor client({}, peer);
  client.outbox().send(endpoint("a")) += "hello";
  EXPECT_TRUE(run({&client, &server}, [&] { return !peer.replies.empty(); }));
  EXPECT_EQ(peer.replies, std::vector<std::string>{"echo:hello"});
}

// libzmq would end the connection of a peer that gets a larger one, and never dial it again.
TEST_F(ReactorTest, AFrameThatIsTooLargeIsDroppedAndTheConnectionStays) {
  net::Reactor server({.serve = {endpoint("a")}}, core);
  net::Reactor client({}, peer);
  core.answer = base::Bytes(msg::kFrameBytesMax, 'x');
  client.outbox().send(endpoint("a")) += "the greatest";
  ASSERT_TRUE(run({&client, &server}, [&] { return peer.replies.size() == 1; }));
  *core.answer += 'x';
  client.outbox().send(endpoint("a")) += "more";
  ASSERT_TRUE(run({&client, &server}, [&] { return server.counters()["replies_dropped"] == 1; }));
  client.outbox().send(endpoint("a")) += base::Bytes(msg::kRequestFrameBytesMax + 1, 'x');
  ASSERT_TRUE(run({&client, &server}, [&] { return client.counters()["sends_dropped"] == 1; }));
  core.answer.reset();
  client.outbox().send(endpoint("a")) += "hello";
  ASSERT_TRUE(run({&client, &server}, [&] { return peer.replies.size() == 2; }));
  EXPECT_EQ(peer.replies.back(), "echo:hello");
}

TEST_F(ReactorTest, AMessageToAPeerThatIsNotThereYetArrivesWhenItComes) {
  net::Reactor client({}, peer);
  client.outbox().send(endpoint("late")) += "early";
  run({&client}, [&] { return peer.ticks > 5; });
  net::Reactor server({.serve = {endpoint("late")}}, core);
  EXPECT_TRUE(run({&client, &server}, [&] { return !peer.replies.empty(); }));
}

TEST_F(ReactorTest, AFaultyEndpointDoesNotEndAServer) {
  net::Reactor server({.serve = {endpoint("a")}}, core);
  for (const auto* none : {"", "nowhere", "tcp://nowhere", "udp://127.0.0.1:9"}) server.outbox().send(none) += "hello";
  net::Reactor client({}, peer);
  client.outbox().send(endpoint("a")) += "hello";
  EXPECT_TRUE(run({&client, &server}, [&] { return !peer.replies.empty(); }));
  EXPECT_EQ(server.counters()["sends_dropped"], 4U);
  client.outbox().send("nowhere") += "hello";
  EXPECT_THROW(run({&client}, [] { return false; }), std::runtime_error);
}

TEST_F(ReactorTest, MessagesForOnePeerLeaveAsOneFrame) {
  net::Reactor server({.serve = {endpoint("a")}}, core);
  net::Reactor client({}, peer);
  client.outbox().send(endpoint("a")) += "one";
  client.outbox().send(endpoint("a")) += "two";
  EXPECT_TRUE(run({&client, &server}, [&] { return !core.requests.empty(); }));
  EXPECT_EQ(core.requests, std::vector<std::string>{"onetwo"});
}

TEST_F(ReactorTest, PublicationsReachTheirTopic) {
  core.every_tick = {{"H", "beat"}, {"X", "other"}};
  net::Reactor publisher({.publish_bind = {endpoint("pub")}}, core);
  net::Reactor subscriber({.subscribe_connect = {endpoint("pub")}, .topics = {"H"}}, peer);
  EXPECT_TRUE(run({&publisher, &subscriber}, [&] { return peer.published.size() > 2; }));
  EXPECT_EQ(peer.published[0], "H=beat");
  EXPECT_EQ(peer.published[1], "H=beat");
}

// Ends its publisher while it reads a backlog, and reads on when libzmq has noticed that and reconnects.
class Bereaved : public EchoCore {
 public:
  explicit Bereaved(std::string path) : path_(std::move(path)) {}

  void on_published(std::string_view topic, base::BytesView payload, base::Turn turn) override {
    EchoCore::on_published(topic, payload, turn);
    if (payload != "more" || !publisher) return;
    publisher.reset();
    dialled_again();
  }

  std::unique_ptr<net::Reactor> publisher;

 private:
  void dialled_again() const {
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un place{.sun_family = AF_UNIX, .sun_path = {}};
    path_.copy(place.sun_path, sizeof place.sun_path - 1);
    ::unlink(path_.c_str());
    ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&place), sizeof place), 0);
    ASSERT_EQ(::listen(listener, 8), 0);
    ::close(::accept(listener, nullptr, nullptr));
    ::close(listener);
    ::unlink(path_.c_str());
  }

  std::string path_;
};

// With ZMQ_IMMEDIATE, libzmq ends the process ("!_more") if the connection breaks between two frames of a message.
TEST_F(ReactorTest, APublisherThatGoesWhileItsBacklogIsReadEndsNoSubscriber) {
  for (int round = 0; round < 10; ++round) {
    const auto place = endpoint(fmt::format("pub{}", round));
    Bereaved reader(place.substr(std::string("ipc://").size()));
    net::Reactor subscriber({.subscribe_connect = {place}, .topics = {"H"}}, reader);
    core.every_tick = {{"H", "beat"}};
    reader.publisher = std::make_unique<net::Reactor>(net::Sockets{.publish_bind = {place}}, core);
    ASSERT_TRUE(run({reader.publisher.get(), &subscriber}, [&] { return !reader.published.empty(); }));
    // Enough messages that libzmq still reads when it notices the end.
    for (int i = 0; i < 200; ++i) reader.publisher->outbox().publish("H", "more");
    run({reader.publisher.get()}, [&, until = core.ticks + 2] { return core.ticks >= until; });
    ASSERT_TRUE(run({&subscriber}, [&] { return !reader.publisher; }));
    net::Reactor successor({.publish_bind = {place}}, core);
    core.every_tick = {{"H", "again"}};
    EXPECT_TRUE(run({&subscriber, &successor}, [&] { return reader.published.back() == "H=again"; }));
  }
}

// Answers every message with a megabyte, and counts the messages of one round.
class Generous : public EchoCore {
 public:
  void on_request(const base::ClientId& from, base::BytesView frame, base::Turn turn) override {
    ++told;
    largest = std::max(largest, told);
    EchoCore::on_request(from, frame, turn);
    turn.out.reply(from).append(answer_bytes, 'x');
  }
  void on_settled(base::Turn) override { told = 0; }

  std::size_t answer_bytes = 1024 * 1024;
  int told = 0;
  int largest = 0;
};

std::string requests(int count) {
  std::string frame;
  for (int i = 0; i < count; ++i) {
    msg::Header header;
    header.t = "some";
    header.id = static_cast<std::uint64_t>(i) + 1;
    msg::append_message(frame, header, std::string(1, '\x80') + "");
  }
  return frame;
}

TEST_F(ReactorTest, ARoundEndsWhenItsAnswersHaveReachedTheirBound) {
  Generous generous;
  net::Reactor server({.serve = {endpoint("a")}}, generous);
  net::Reactor client({}, peer);
  client.outbox().send(endpoint("a")) += requests(10'000);
  EXPECT_TRUE(run({&client, &server}, [&] { return peer.replies.size() > 50; }));
  EXPECT_EQ(generous.largest, 4);
}

TEST_F(ReactorTest, ARoundEndsWhenSoManyPiecesHaveBeenTold) {
  Generous generous;
  generous.answer_bytes = 0;
  net::Reactor server({.serve = {endpoint("a")}}, generous);
  net::Reactor client({}, peer);
  const auto frame = requests(25'000);
  ASSERT_GT(frame.size() / net::Backlog::kPieceBytes, 300U);
  client.outbox().send(endpoint("a")) += frame;
  EXPECT_TRUE(run({&client, &server}, [&] {
    std::size_t told = 0;
    for (const auto& request : generous.requests) told += request.size();
    return told == frame.size();
  }));
  EXPECT_EQ(generous.largest, 256);
}

// Counts what arrives in each turn.
class Counting : public net_test::QuietCore {
 public:
  void on_reply(const base::Endpoint&, base::BytesView, base::Turn) override { ++turn_; }
  void on_published(std::string_view, base::BytesView, base::Turn) override { ++turn_; }
  void on_settled(base::Turn) override {
    total += turn_;
    largest = std::max(largest, std::exchange(turn_, 0));
  }

  std::size_t total = 0;
  std::size_t largest = 0;

 private:
  std::size_t turn_ = 0;
};

// A peer of the test's own that sends faster than the loop takes.
class TurnTest : public ReactorTest {
 protected:
  zmq::socket_t socket_of(zmq::socket_type type) {
    zmq::socket_t socket(context, type);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::sndhwm, 0);
    socket.bind(endpoint("peer"));
    return socket;
  }
  // Runs the loop until the socket has received a message, and returns it.
  zmq::message_t received(zmq::socket_t& socket, net::Reactor& loop) {
    zmq::message_t message;
    EXPECT_TRUE(run({&loop}, [&] { return message.size() > 0 || socket.recv(message, zmq::recv_flags::dontwait); }));
    return message;
  }
  // The largest turn, after at least one that takes `full`. `send_one` sends one message.
  std::size_t largest_turn(net::Reactor& loop, std::size_t full, const std::function<void()>& send_one) {
    counting.largest = 0;
    EXPECT_TRUE(run({&loop}, [&] {
      if (counting.total < sent) return false;
      if (counting.largest >= full) return true;
      for (std::size_t i = 0; i < 4 * full; ++i, ++sent) send_one();
      return false;
    }));
    return counting.largest;
  }

  zmq::context_t context;
  Counting counting;
  std::size_t sent = 0;
};

TEST_F(TurnTest, TakesOnlySoManyPublicationsAndBytesOfThem) {
  auto publisher = socket_of(zmq::socket_type::xpub);
  net::Reactor subscriber({.subscribe_connect = {endpoint("peer")}, .topics = {"B"}}, counting);
  received(publisher, subscriber);  // the subscription
  std::string frame = "B";
  const auto send = [&] { publisher.send(zmq::buffer(frame)); };
  EXPECT_EQ(largest_turn(subscriber, 256, send), 256U);
  frame.resize(1024 * 1024);
  EXPECT_EQ(largest_turn(subscriber, 4, send), 4U);
}

TEST_F(TurnTest, TakesOnlySoManyBytesOfReplies) {
  auto server = socket_of(zmq::socket_type::router);
  net::Reactor client({}, counting);
  client.outbox().send(endpoint("peer")) += "hello";
  const auto routing = received(server, client).to_string();
  const std::string frame(1024 * 1024, 'x');
  EXPECT_EQ(largest_turn(client, 4,
                         [&] {
                           server.send(zmq::buffer(routing), zmq::send_flags::sndmore);
                           server.send(zmq::buffer(frame));
                         }),
            4U);
}

TEST_F(ReactorTest, APeerThatDoesNotReadIsRefusedAndTheOthersAreServed) {
  Generous generous;
  net::Reactor server({.serve = {endpoint("a")}}, generous);
  zmq::context_t context;
  zmq::socket_t flood(context, zmq::socket_type::dealer);
  flood.set(zmq::sockopt::linger, 0);
  flood.set(zmq::sockopt::rcvhwm, 1);
  flood.connect(endpoint("a"));
  const auto frame = requests(10'000);
  const auto sends = [&] { return flood.send(zmq::buffer(frame), zmq::send_flags::dontwait).has_value(); };
  EXPECT_TRUE(run({&server}, [&] {
    while (sends()) {
    }
    return server.counters()["frames_refused"] != 0;
  }));
  EXPECT_LE(server.counters()["unread_bytes"], 16U * 1024 * 1024);
  net::Reactor other({}, peer);
  other.outbox().send(endpoint("a")) += "small";
  EXPECT_TRUE(run({&other, &server}, [&] { return !peer.replies.empty(); }));
}

TEST_F(ReactorTest, RequestsOfAPeerThatIsGoneAreForgotten) {
  Generous generous;
  net::Reactor server({.serve = {endpoint("a")}}, generous);
  const auto frame = requests(25'000);
  {
    zmq::context_t context;
    zmq::socket_t flood(context, zmq::socket_type::dealer);
    flood.set(zmq::sockopt::linger, 0);
    flood.connect(endpoint("a"));
    flood.send(zmq::buffer(frame));
    EXPECT_TRUE(run({&server}, [&] { return generous.requests.size() > 10; }));
  }
  EXPECT_TRUE(run({&server}, [&] { return server.counters()["replies_dropped"] != 0; }));
  const auto ticks = generous.ticks;  // they count the bytes
  EXPECT_TRUE(run({&server}, [&] {
    const auto& counters = server.counters();
    return generous.ticks > ticks + 1 && counters["backlog_bytes"] == 0 && counters["unread_bytes"] == 0;
  }));
  EXPECT_LT(generous.requests.size(), frame.size() / net::Backlog::kPieceBytes / 2) << "not all pieces were told";
}

TEST_F(ReactorTest, ManyPublishToOneBoundSubscriber) {
  core.every_tick = {{"H", "beat"}};
  net::Reactor broker({.subscribe_bind = {endpoint("beats")}, .topics = {"H"}}, peer);
  net::Reactor service({.publish_connect = {endpoint("beats")}}, core);
  EXPECT_TRUE(run({&broker, &service}, [&] { return !peer.published.empty(); }));
}

TEST_F(ReactorTest, AReqSocketIsAnsweredWithItsDelimiter) {
  net::Reactor server({.serve = {endpoint("a")}}, core);
  zmq::context_t context;
  zmq::socket_t req(context, zmq::socket_type::req);
  req.connect(endpoint("a"));
  req.send(zmq::buffer(std::string_view("hi")));
  zmq::message_t answer;
  EXPECT_TRUE(run({&server}, [&] { return answer.size() > 0 || req.recv(answer, zmq::recv_flags::dontwait); }));
  EXPECT_EQ(answer.to_string(), "echo:hi");
}

// Frames for an endpoint at which nobody listens wait in a queue with a bound of bytes and of age. It is filled twice.
TEST_F(ReactorTest, FramesThatCannotBeSentAreBoundedAndTheOldestAreDropped) {
  const auto part = net::Loop::kUnsentBytesMax / 40;
  net::Reactor client({}, peer);
  const auto dropped = [&] { return client.counters()["sends_dropped"]; };
  for (std::uint64_t round = 0; round < 2; ++round) {
    for (int i = 0; i < 42; ++i) client.outbox().send(endpoint("nobody")) += std::string(part, 'x');
    client.run_until([] { return true; }, base::now().mono);  // queues them
    EXPECT_EQ(dropped(), 42 * round + 2);
    EXPECT_TRUE(run({&client}, [&] { return dropped() == 42 * (round + 1); })) << "the others became too old";
  }
}

TEST_F(ReactorTest, AWatchedFileDescriptorIsServed) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  net::Reactor reactor({}, core);
  bool served = false;
  reactor.watch(pipe_ends[0], [&](base::Turn) {
    char byte;
    served = read(pipe_ends[0], &byte, 1) == 1;
  });
  ASSERT_EQ(write(pipe_ends[1], "x", 1), 1);
  EXPECT_TRUE(run({&reactor}, [&] { return served; }));
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

// --- the error paths ---

TEST_F(ReactorTest, StrangeFramesBecomeMalformedRequestsNotCrashes) {
  net::Reactor server({.serve = {endpoint("a")}}, core);
  zmq::context_t context;
  zmq::socket_t dealer(context, zmq::socket_type::dealer);
  dealer.connect(endpoint("a"));
  dealer.send(zmq::buffer(std::string_view("")));  // nothing
  for (int frame = 0; frame < 5; ++frame) {        // five frames
    dealer.send(zmq::buffer(std::string_view("x")), frame < 4 ? zmq::send_flags::sndmore : zmq::send_flags::none);
  }
  EXPECT_TRUE(run({&server}, [&] { return core.requests.size() == 2; }));
  EXPECT_EQ(core.requests, (std::vector<std::string>{"\xc1", "\xc1"}));
}

TEST_F(ReactorTest, AnOversizedFrameCutsItsSenderOffAndOthersAreServed) {
  net::Reactor server({.serve = {endpoint("a")}}, core);
  net::Reactor client({}, peer);
  client.outbox().send(endpoint("a")) += std::string(msg::kRequestFrameBytesMax + 1, 'x');
  net::Reactor other({}, peer);
  other.outbox().send(endpoint("a")) += "small";
  EXPECT_TRUE(run({&client, &other, &server}, [&] { return !peer.replies.empty(); }));
  EXPECT_EQ(core.requests, std::vector<std::string>{"small"});
}

TEST_F(ReactorTest, APublicationThatIsTooLargeIsDroppedAndTheSubscriberStays) {
  net::Reactor publisher({.publish_bind = {endpoint("pub")}}, core);
  net::Reactor subscriber({.subscribe_connect = {endpoint("pub")}, .topics = {"B"}}, peer);
  core.every_tick = {{"B", "block"}};
  ASSERT_TRUE(run({&publisher, &subscriber}, [&] { return !peer.published.empty(); }));
  core.every_tick = {};
  const std::string largest(msg::kFrameBytesMax - 1, 'x');  // the topic has one byte more
  for (const auto& payload : {largest + "x", largest, std::string("small")}) publisher.outbox().publish("B", payload);
  ASSERT_TRUE(run({&publisher, &subscriber}, [&] { return peer.published.back() == "B=small"; }));
  EXPECT_EQ(peer.published.at(peer.published.size() - 2).size(), 2 + largest.size());
  EXPECT_EQ(publisher.counters()["publications_dropped"], 1U);
}

TEST_F(ReactorTest, AHeartbeatThatIsTooLargeIsDroppedAndTheNextOneIsHeard) {
  net::Reactor broker({.subscribe_bind = {endpoint("beats")}, .topics = {"H"}}, peer);
  net::Reactor service({.publish_connect = {endpoint("beats")}}, core);
  core.every_tick = {{"H", "beat"}};
  ASSERT_TRUE(run({&broker, &service}, [&] { return !peer.published.empty(); }));
  core.every_tick = {};
  const std::string largest(msg::kHeartbeatBytesMax, 'x');
  for (const auto& payload : {largest + "x", largest, std::string("small")}) service.outbox().publish("H", payload);
  ASSERT_TRUE(run({&broker, &service}, [&] { return peer.published.back() == "H=small"; }));
  EXPECT_EQ(peer.published.at(peer.published.size() - 2).size(), 2 + largest.size());
  EXPECT_EQ(service.counters()["publications_dropped"], 1U);
}

TEST_F(ReactorTest, APortInUseIsToldInOneLine) {
  net::Reactor first({.serve = {"tcp://127.0.0.1:*"}}, core);
  zmq::context_t context;
  zmq::socket_t holder(context, zmq::socket_type::router);
  holder.bind("tcp://127.0.0.1:*");
  const auto taken = holder.get(zmq::sockopt::last_endpoint);
  try {
    net::Reactor second({.serve = {taken}}, peer);
    FAIL() << "bound a port twice";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("another process has it"), std::string::npos) << error.what();
  }
}

}  // namespace
