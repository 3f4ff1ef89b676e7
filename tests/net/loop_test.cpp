// Several cores on one loop: the messages that they hand to each other on the local bus, and the order in which the
// loop stops them. There is one thread, and no sleeps: each step runs the loops until its condition holds.
#include "net/loop.h"

#include <gtest/gtest.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>
#include <zmq.hpp>

#include "msg/envelope.h"
#include "net/bus.h"
#include "tests/net/fixture.h"

namespace {

std::string message(const std::string& text, std::size_t bytes = 0) {
  std::string frame;
  msg::Header header;
  header.t = text;
  header.id = 1;
  const std::string blob(bytes, 'x');
  // A body of MessagePack: a binary of 32 bit length.
  std::string body = "\xc6";
  for (int shift = 24; shift >= 0; shift -= 8) body += static_cast<char>(bytes >> shift);
  msg::append_message(frame, header, body + blob);
  return frame;
}

// Answers every piece with the piece, and keeps all that it was told, by source.
class Talker : public base::Core {
 public:
  explicit Talker(std::string name) : name_(std::move(name)) {}

  void on_request(const base::ClientId& from, base::BytesView piece, base::Turn turn) override {
    last_peer = from;
    requests[from.routing].emplace_back(piece);
    ++told;
    turn.out.reply(from) += answer ? *answer : std::string(piece);
  }
  void on_reply(const base::Endpoint& from, base::BytesView frame, base::Turn) override {
    replies[from].emplace_back(frame);
    ++told;
  }
  void on_published(std::string_view topic, base::BytesView payload, base::Turn) override {
    if (payload == "sync") {
      synced.insert(std::string(topic));
    } else {
      published[std::string(topic)].emplace_back(payload);
      ++told;
    }
  }
  void on_tick(base::Turn turn) override {
    if (syncing) turn.out.publish(topic_of_sync, "sync");
  }
  void on_settled(base::Turn) override {}
  void on_stop(base::Turn turn) override {
    if (stops) stops->push_back(name_);
    if (!refuses_to_stop) turn.out.stop();
  }

  // The requests by peer, without the peers' routing ids, which differ between the bus and sockets.
  std::vector<std::vector<std::string>> requests_by_peer() const {
    std::vector<std::vector<std::string>> all;
    for (const auto& [peer, pieces] : requests) all.push_back(pieces);
    std::sort(all.begin(), all.end());
    return all;
  }

  std::map<std::string, std::vector<std::string>> requests;
  std::map<base::Endpoint, std::vector<std::string>> replies;
  std::map<std::string, std::vector<std::string>> published;
  std::set<std::string> synced;
  std::size_t told = 0;
  base::ClientId last_peer;
  std::optional<std::string> answer;
  bool syncing = false;
  std::string topic_of_sync = "H";
  std::vector<std::string>* stops = nullptr;
  bool refuses_to_stop = false;

 private:
  std::string name_;
};

using LoopTest = net_test::SocketsTest<net::Loop>;

// --- a core cannot tell the bus from sockets ---

// A broker and two services that know it. One service dials the other.
class Conversation : public LoopTest {
 protected:
  struct Cast {
    Talker broker{"broker"};
    Talker one{"one"};
    Talker other{"other"};
    std::vector<std::unique_ptr<net::Loop>> loops;
  };

  base::Endpoint broker() const { return endpoint(place + "broker"); }
  base::Endpoint other() const { return endpoint(place + "other"); }

  net::Sockets service(const std::string& name, std::vector<std::string> topics) const {
    return {.serve = {endpoint(place + name)},
            .publish_connect = {net::heartbeat_endpoint(broker())},
            .subscribe_connect = {net::publish_endpoint(broker())},
            .topics = std::move(topics)};
  }

  void act(Cast& cast, bool on_one_loop) {
    place = on_one_loop ? "bus-" : "sockets-";
    const auto loop = [&]() -> net::Loop& {
      if (!on_one_loop || cast.loops.empty()) cast.loops.push_back(std::make_unique<net::Loop>());
      return *cast.loops.back();
    };
    auto& of_broker = loop();
    of_broker.add({.serve = {broker()},
                   .publish_bind = {net::publish_endpoint(broker())},
                   .subscribe_bind = {net::heartbeat_endpoint(broker())},
                   .topics = {"H"}},
                  cast.broker);
    auto& of_one = loop();
    of_one.add(service("one", {"B", "H"}), cast.one);
    auto& of_other = loop();
    of_other.add(service("other", {"H"}), cast.other);
    std::vector<net::Loop*> all;
    for (const auto& each : cast.loops) all.push_back(each.get());
    const auto until = [&](const std::string& what, const std::function<bool()>& done) {
      ASSERT_TRUE(run(all, done)) << place << what;
    };
    auto& broker_out = of_broker.outbox(cast.broker);
    auto& one_out = of_one.outbox(cast.one);

    for (auto* talker : {&cast.broker, &cast.one, &cast.other}) talker->syncing = true;
    until("all are connected",
          [&] { return !cast.broker.synced.empty() && !cast.one.synced.empty() && !cast.other.synced.empty(); });
    for (auto* talker : {&cast.broker, &cast.one, &cast.other}) talker->syncing = false;

    const auto ask = [&](const base::Endpoint& to, const std::string& frame) {
      const auto answers = [&] {
        std::size_t bytes = 0;
        for (const auto& reply : cast.one.replies[to]) bytes += reply.size();
        return bytes;
      };
      const auto before = answers();
      one_out.send(to) += frame;
      until("an answer", [&] { return answers() >= before + std::max<std::size_t>(frame.size(), 1); });
    };
    ask(broker(), message("small"));
    std::string many;
    for (int i = 0; i < 500; ++i) many += message("m" + std::to_string(i), 600);
    ask(broker(), many);
    ask(broker(), "\xc1garbage");
    ask(broker(), "");
    ask(other(), message("to another"));

    for (const auto* topic : {"B", "X", "H"}) broker_out.publish(topic, std::string(topic) + " of the broker");
    until("publications", [&] { return !cast.one.published["H"].empty() && !cast.other.published["H"].empty(); });
    for (const auto* topic : {"X", "H"}) one_out.publish(topic, std::string(topic) + " of a service");
    until("a heartbeat", [&] { return !cast.broker.published["H"].empty(); });

    const auto gone = cast.broker.last_peer;
    one_out.hang_up(broker());
    until("the broker has noticed", [&] {
      broker_out.reply(gone) += "to nobody";
      return broker_out.loop_counters()["replies_dropped"] > 0;
    });
    ask(broker(), message("dialled again"));
    one_out.send("nowhere") += message("lost");
    until("it is counted", [&] { return one_out.loop_counters()["sends_dropped"] > 0; });
    ask(broker(), message("the end"));
  }

  std::string place;
};

TEST_F(Conversation, IsTheSameThroughSocketsAndThroughTheBus) {
  Cast sockets;
  Cast bus;
  ASSERT_NO_FATAL_FAILURE(act(sockets, false));
  ASSERT_NO_FATAL_FAILURE(act(bus, true));
  EXPECT_EQ(sockets.broker.requests_by_peer(), bus.broker.requests_by_peer());
  EXPECT_EQ(sockets.broker.requests_by_peer().size(), 2U) << "another peer after the hang-up";
  EXPECT_EQ(sockets.other.requests_by_peer(), bus.other.requests_by_peer());
  const auto replies = [](const Talker& talker) {
    std::vector<std::vector<std::string>> all;
    for (const auto& [from, frames] : talker.replies) all.push_back(frames);
    return all;
  };
  EXPECT_EQ(replies(sockets.one), replies(bus.one));
  EXPECT_EQ(sockets.broker.published, bus.broker.published);
  EXPECT_EQ(sockets.one.published, bus.one.published);
  EXPECT_EQ(sockets.other.published, bus.other.published);
  EXPECT_TRUE(net::is_of_this_loop(bus.broker.last_peer));
  EXPECT_FALSE(net::is_of_this_loop(sockets.broker.last_peer));
}

// --- order, bounds and fairness on the bus ---

class BusTest : public LoopTest {
 protected:
  BusTest() {
    loop.add({.serve = {endpoint("s")},
              .publish_bind = {net::publish_endpoint(endpoint("s"))},
              .subscribe_bind = {net::heartbeat_endpoint(endpoint("s"))},
              .topics = {"H"}},
             server);
    loop.add(service("a"), one);
    loop.add(service("b"), other);
  }

  net::Sockets service(const std::string& name) const {
    return {.serve = {endpoint(name)},
            .publish_connect = {net::heartbeat_endpoint(endpoint("s"))},
            .subscribe_connect = {net::publish_endpoint(endpoint("s"))},
            .topics = {"B"}};
  }

  base::Outbox& out(const Talker& talker) { return loop.outbox(talker); }
  std::uint64_t counted(const Talker& talker, base::CounterAt<false> counter) {
    return out(talker).loop_counters()[counter];
  }

  Talker server{"server"};
  Talker one{"one"};
  Talker other{"other"};
  net::Loop loop;
};

TEST_F(BusTest, EveryWayIsFirstInFirstOut) {
  constexpr std::size_t kMany = 3000;
  for (std::size_t i = 0; i < kMany; ++i) {
    out(one).send(endpoint("s")) += message(std::to_string(i), 500);
    out(server).publish("B", std::to_string(i));
  }
  ASSERT_TRUE(run({&loop}, [&] {
    std::size_t bytes = 0;
    for (const auto& reply : one.replies[endpoint("s")]) bytes += reply.size();
    return bytes >= kMany * 500 && one.published["B"].size() == kMany;
  }));
  std::string told;
  std::string answered;
  std::string sent;
  for (std::size_t i = 0; i < kMany; ++i) sent += message(std::to_string(i), 500);
  for (const auto& piece : server.requests.begin()->second) told += piece;
  for (const auto& reply : one.replies[endpoint("s")]) answered += reply;
  EXPECT_TRUE(told == sent);
  EXPECT_TRUE(answered == sent);
  for (std::size_t i = 0; i < kMany; ++i) ASSERT_EQ(one.published["B"][i], std::to_string(i));
}

TEST_F(BusTest, AllEffectsOfARequestHappenInTheSameRound) {
  int rounds = 0;
  loop.watch(
      one,
      [] {
        int ends[2];
        EXPECT_EQ(pipe(ends), 0);
        EXPECT_EQ(write(ends[1], "x", 1), 1);  // it stays readable in every round
        return ends[0];
      }(),
      [&](base::Turn) { ++rounds; });
  out(one).send(endpoint("s")) += message("ping");
  ASSERT_TRUE(run({&loop}, [&] { return !one.replies.empty(); }));
  EXPECT_LE(rounds, 1);
}

TEST_F(BusTest, ARequestForWhichThereIsNoRoomIsRefused) {
  for (int i = 0; i < 10'000; ++i) out(one).send(endpoint("s")) += message("flood", 600);
  out(other).send(endpoint("s")) += message("small");
  ASSERT_TRUE(run({&loop}, [&] { return !other.replies.empty(); }));
  EXPECT_GT(counted(server, "frames_refused"), 0U);
  const auto& frames = one.replies[endpoint("s")];
  EXPECT_TRUE(std::any_of(frames.begin(), frames.end(),
                          [](const std::string& frame) { return frame.find("busy") != std::string::npos; }));
}

std::size_t refusals_in(const std::vector<std::string>& frames) {
  std::size_t refusals = 0;
  for (const auto& frame : frames) {
    for (msg::FrameReader reader(frame); !reader.done();) {
      const auto one = reader.next();
      refusals += one && one->header.err ? 1U : 0U;
    }
  }
  return refusals;
}

TEST_F(BusTest, OfARefusedFrameOnlySoManyRequestsAreAnswered) {
  server.answer = "";
  for (int i = 0; i < 8; ++i) out(one).send(endpoint("s")) += message("large", 511 * 1024);
  std::string many;
  for (std::size_t i = 0; i < net::Router::kRefusalsPerFrame + 1; ++i) many += message("small");
  out(one).send(endpoint("s")) += many;
  const auto refusals = [&] { return refusals_in(one.replies[endpoint("s")]); };
  EXPECT_TRUE(run({&loop}, [&] { return refusals() >= net::Router::kRefusalsPerFrame; }));
  EXPECT_EQ(refusals(), net::Router::kRefusalsPerFrame);
}

TEST_F(BusTest, CoresThatAskTakeTurns) {
  for (int i = 0; i < 3000; ++i) out(one).send(endpoint("s")) += message("flood", 1000);
  out(other).send(endpoint("s")) += message("small");
  ASSERT_TRUE(run({&loop}, [&] { return server.requests.size() == 2; }));
  EXPECT_LE(server.told, 258U) << "it was told within the first turn";
  EXPECT_GT(server.told, 2U);
}

TEST_F(BusTest, RepliesBeyondTheirBoundAreDroppedAndCounted) {
  server.answer = std::string(1024 * 1024, 'x');
  out(one).send(endpoint("s")) += message("once");
  ASSERT_TRUE(run({&loop}, [&] { return !one.replies.empty(); }));
  for (int i = 0; i < 40; ++i) out(server).reply(server.last_peer) += *server.answer;
  ASSERT_TRUE(run({&loop}, [&] { return one.replies[endpoint("s")].size() == 16; }));
  EXPECT_EQ(counted(server, "replies_dropped"), 25U);
}

TEST_F(BusTest, PublicationsBeyondTheirBoundAreDroppedAndCounted) {
  for (int i = 0; i < 40; ++i) out(server).publish("B", std::string(1024 * 1024, 'x'));
  ASSERT_TRUE(run({&loop}, [&] { return one.published["B"].size() == 15 && other.published["B"].size() == 15; }));
  EXPECT_EQ(counted(server, "publications_dropped"), 2 * 25U);
  out(server).publish("B", "after");
  ASSERT_TRUE(run({&loop}, [&] { return one.published["B"].back() == "after"; }));
}

TEST_F(BusTest, AFrameThatASocketWouldNotLetThroughIsDropped) {
  out(one).send(endpoint("s")) += std::string(msg::kRequestFrameBytesMax + 1, 'x');
  out(one).send(endpoint("s")) += message("small");
  ASSERT_TRUE(run({&loop}, [&] { return !one.replies.empty(); }));
  EXPECT_EQ(one.replies[endpoint("s")].front(), message("small"));
  EXPECT_EQ(counted(one, "sends_dropped"), 1U);
}

TEST_F(BusTest, APublicationThatASocketWouldNotLetThroughIsDropped) {
  out(server).publish("B", std::string(msg::kFrameBytesMax, 'x'));
  out(server).publish("B", "small");
  ASSERT_TRUE(run({&loop}, [&] { return !one.published["B"].empty(); }));
  EXPECT_EQ(one.published["B"].front(), "small");
  EXPECT_EQ(counted(server, "publications_dropped"), 1U);
}

TEST_F(BusTest, AReplyOfTheGreatestSizeArrivesAndALargerOneIsDropped) {
  server.answer = std::string(msg::kFrameBytesMax, 'x');
  out(one).send(endpoint("s")) += message("small");
  ASSERT_TRUE(run({&loop}, [&] { return !one.replies.empty(); }));
  EXPECT_EQ(one.replies[endpoint("s")].front(), *server.answer);
  *server.answer += 'x';
  out(one).send(endpoint("s")) += message("small");
  ASSERT_TRUE(run({&loop}, [&] { return counted(server, "replies_dropped") > 0; }));
  EXPECT_EQ(one.replies[endpoint("s")].size(), 1U);
}

TEST_F(BusTest, ACoreIsReachedUnderTheNameThatItAnnounces) {
  Talker late("late");
  auto sockets = service("late");
  sockets.known_as = {"tcp://the-host:7410"};
  loop.add(sockets, late);
  out(one).send("tcp://the-host:7410") += message("by name");
  ASSERT_TRUE(run({&loop}, [&] { return !one.replies.empty(); }));
  EXPECT_TRUE(net::Bus::is_local(late.last_peer.routing));
}

TEST_F(BusTest, ABrokerIsFollowedUnderTheNameThatItAnnounces) {
  Talker late("late");
  loop.add({.serve = {endpoint("late")},
            .publish_bind = {net::publish_endpoint(endpoint("late"))},
            .subscribe_bind = {net::heartbeat_endpoint(endpoint("late"))},
            .topics = {"H"},
            .known_as = {"tcp://the-host:7400"}},
           late);
  out(one).follow("tcp://the-host:7400");
  EXPECT_TRUE(run({&loop}, [&] {
    out(one).publish("H", "beat");
    out(late).publish("B", "block");
    return late.published.count("H") > 0 && one.published.count("B") > 0;
  }));
}

TEST_F(BusTest, ACoreThatListensNowhereIsReachedOnItsLoop) {
  Talker inside("inside");
  net::Sockets named;
  named.known_as = {"inproc://inside"};
  loop.add(named, inside);
  out(one).send("inproc://inside") += message("by name");
  ASSERT_TRUE(run({&loop}, [&] { return !one.replies.empty(); }));
  EXPECT_TRUE(net::Bus::is_local(inside.last_peer.routing));
}

TEST_F(BusTest, FollowingABrokerOfTheLoopAgainChangesNothing) {
  out(one).follow(endpoint("s"));
  out(one).publish("H", "beat");
  out(server).publish("B", "block");
  ASSERT_TRUE(run({&loop}, [&] { return !server.published.empty() && !one.published.empty(); }));
  out(one).publish("H", "end");
  out(server).publish("B", "end");
  ASSERT_TRUE(
      run({&loop}, [&] { return server.published["H"].back() == "end" && one.published["B"].back() == "end"; }));
  EXPECT_EQ(server.published["H"], (std::vector<std::string>{"beat", "end"}));
  EXPECT_EQ(one.published["B"], (std::vector<std::string>{"block", "end"}));
}

TEST_F(BusTest, ACoreThatHasStoppedIsNotReachedAnyMore) {
  out(one).send(endpoint("s")) += message("before");
  ASSERT_TRUE(run({&loop}, [&] { return !one.replies.empty(); }));
  out(server).stop();
  ASSERT_TRUE(run({&loop}, [&, rounds = 0]() mutable { return ++rounds > 5; }));
  out(one).send(endpoint("s")) += message("late");
  out(one).publish("H", "late");
  ASSERT_TRUE(run({&loop}, [&] { return counted(one, "sends_dropped") == 1; })) << "nobody listens there";
  EXPECT_EQ(server.told, 1U);
}

TEST_F(BusTest, AStrangerThatTakesTheNameOfACoreIsNotHeard) {
  out(one).send(endpoint("s")) += message("mine");
  ASSERT_TRUE(run({&loop}, [&] { return !one.replies.empty(); }));
  zmq::context_t context;
  zmq::socket_t stranger(context, zmq::socket_type::dealer);
  stranger.set(zmq::sockopt::linger, 0);
  stranger.set(zmq::sockopt::routing_id, server.last_peer.routing);
  stranger.connect(endpoint("s"));
  stranger.send(zmq::buffer(message("stolen")));
  ASSERT_TRUE(run({&loop}, [&] { return counted(server, "frames_refused") > 0; }));
  EXPECT_EQ(server.told, 1U);
  EXPECT_EQ(one.replies[endpoint("s")].size(), 1U);
}

// --- the end ---

class StopTest : public LoopTest {
 protected:
  StopTest() {
    EXPECT_EQ(pipe(ends), 0);
    loop = std::make_unique<net::Loop>(ends[0]);
    for (auto* core : {&first, &second, &third}) {
      core->stops = &stops;
      loop->add({}, *core);
    }
  }
  ~StopTest() override {
    close(ends[0]);
    close(ends[1]);
  }

  void signal() {
    const signalfd_siginfo info{};
    EXPECT_EQ(write(ends[1], &info, sizeof info), static_cast<ssize_t>(sizeof info));
  }

  int ends[2];
  Talker first{"first"};
  Talker second{"second"};
  Talker third{"third"};
  std::vector<std::string> stops;
  std::unique_ptr<net::Loop> loop;
};

TEST_F(StopTest, TheLastAddedIsStoppedFirst) {
  signal();
  EXPECT_EQ(loop->run(), "");
  EXPECT_EQ(stops, (std::vector<std::string>{"third", "second", "first"}));
  EXPECT_TRUE(loop->is_stopping());
}

TEST_F(StopTest, TheNextIsStoppedOnlyWhenTheOneBeforeHasStopped) {
  second.refuses_to_stop = true;
  signal();
  ASSERT_TRUE(run({loop.get()}, [&] { return stops.size() == 2; }));
  signal();
  ASSERT_TRUE(run({loop.get()}, [&] { return stops.size() == 3; }));
  EXPECT_EQ(stops, (std::vector<std::string>{"third", "second", "second"})) << "told again, and nobody else";
  loop->outbox(second).stop();
  EXPECT_EQ(loop->run(), "");
  EXPECT_EQ(stops.back(), "first");
}

TEST_F(StopTest, AFailureOfOneCoreEndsTheLoop) {
  loop->outbox(second).stop("the disk is full");
  EXPECT_EQ(loop->run(), "the disk is full");
  EXPECT_EQ(stops, std::vector<std::string>{});
}

TEST_F(StopTest, ACoreThatStopsByItselfLeavesTheOthers) {
  loop->outbox(third).stop();
  ASSERT_TRUE(run({loop.get()}, [&, ticks = 0]() mutable { return ++ticks > 5; }));
  EXPECT_FALSE(loop->is_stopping());
  signal();
  EXPECT_EQ(loop->run(), "");
  EXPECT_EQ(stops, (std::vector<std::string>{"second", "first"}));
}

}  // namespace
