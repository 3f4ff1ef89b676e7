#include "stream/replica.h"

#include <gtest/gtest.h>

#include "msg/requests.h"
#include "tests/support/blocks.h"

namespace {

using support::at;

// Answers each request with an empty list, so that a reply shows that the request's turn has come.
class EchoView : public stream::View {
 public:
  void apply(const msg::Block&, const std::vector<msg::Event>&, base::Turn) override {}
  void answer(const stream::Request& request, base::Turn turn) override {
    msg::append_message(turn.out.reply(request.from), msg::reply_header(request.header, {}), msg::ItemsReply{});
  }
  msg::DigestAt digest() const override { return {}; }
  std::optional<msg::DigestAt> round_digest() const override { return std::nullopt; }
  base::Seq durable() const override { return {}; }
  void keep(base::Now) override { ++kept; }
  void convicted(const std::string& why, base::Outbox&) override { verdict = why; }
  std::string verdict;
  int kept = 0;
};

class ReplicaTest : public testing::Test {
 protected:
  // Sends a request (id, min), and returns the ids that were answered, with spaces between; a refusal as its word.
  std::string ask(std::uint64_t id, std::uint64_t min, int ms = 0, std::uint32_t ttl = 1000,
                  const std::string& text = {}) {
    msg::Header header;
    header.id = id;
    header.min = base::Seq(min);
    header.ttl = ttl;
    base::Bytes frame;
    msg::append_request(frame, header, msg::Search{.text = text});
    base::Outbox out;
    replica.on_request(client, frame, {at(ms), out});
    return answered(out);
  }

  std::string answered(base::Outbox& out) {
    std::string all;
    for (const auto& [to, frames] : out.replies()) {
      for (const auto& message : support::messages(frames)) {
        all += message.header.err.value_or(std::to_string(message.header.id)) + " ";
      }
    }
    return all;
  }

  std::string publish(const base::Bytes& block, int ms = 0) {
    base::Outbox out;
    replica.on_published("B", block, {at(ms), out});
    return answered(out);
  }

  base::ClientId client{"c1", false};
  support::Stream stream;
  EchoView view;
  stream::Replica replica{{.identity = {.instance = "catalog-1"}, .brokers = {support::kBroker}}, {}, view};
};

TEST_F(ReplicaTest, AnswersOnlyOnceTheMinSeqIsApplied) {
  EXPECT_EQ(ask(1, 0), "1 ");
  EXPECT_EQ(ask(2, 2), "");
  EXPECT_EQ(ask(3, 1), "");
  EXPECT_EQ(publish(stream[1]), "3 ");
  EXPECT_EQ(publish(stream.block({support::item_added(1)})), "2 ");
}

TEST_F(ReplicaTest, ForgetsARequestWhoseTimeIsOver) {
  EXPECT_EQ(ask(1, 1, 0, 50), "");
  EXPECT_EQ(publish(stream[1], 60), "");
}

TEST_F(ReplicaTest, RefusesWhatItCannotKeepWaiting) {
  for (std::size_t i = 0; i < stream::Replica::kWaitingMax; ++i) ASSERT_EQ(ask(i, 9), "");
  EXPECT_EQ(ask(1, 9), "busy ");
  EXPECT_EQ(ask(1, 0), "1 ");
}

TEST_F(ReplicaTest, ARequestRefusedAsBusyIsNotAnsweredLater) {
  for (std::size_t i = 1; i <= stream::Replica::kWaitingMax; ++i) ASSERT_EQ(ask(i, 1), "");
  EXPECT_EQ(ask(70'000, 1), "busy ");
  EXPECT_EQ(publish(stream[1]).find("70000"), std::string::npos);
}

TEST_F(ReplicaTest, WaitingRequestsAreBoundedInBytesAndTheRoomIsGivenBack) {
  const std::string large(1024 * 1024, 't');
  const auto fill = [&](std::uint64_t min) {
    std::size_t taken = 0;
    while (taken < 1000 && ask(taken + 1, min, 0, 1000, large).empty()) ++taken;
    return taken;
  };
  EXPECT_EQ(fill(1), stream::Replica::kWaitingBytesMax / large.size() - 1);
  publish(stream[1]);  // answers them
  EXPECT_EQ(fill(2), stream::Replica::kWaitingBytesMax / large.size() - 1);
  base::Outbox out;
  replica.on_tick({at(1001), out});  // drops them
  EXPECT_EQ(fill(2), stream::Replica::kWaitingBytesMax / large.size() - 1);
}

TEST_F(ReplicaTest, BeatsAtItsIntervalAndSaysHowFarItIs) {
  publish(stream[1]);
  base::Outbox out;
  replica.on_tick({at(0), out});
  replica.on_tick({at(10), out});
  ASSERT_EQ(out.publications().size(), 1U);
  const auto beat = msg::decode<msg::Heartbeat>(out.publications()[0].payload).value();
  EXPECT_EQ(beat.applied, base::Seq(1));
  EXPECT_EQ(beat.instance, "catalog-1");
  replica.on_tick({at(50), out});
  EXPECT_EQ(out.publications().size(), 2U);
}

TEST_F(ReplicaTest, IsLiveOnlyWhenLevel) {
  EXPECT_EQ(replica.state(), msg::State::kStarting);
  base::Outbox out;
  replica.on_published("H", msg::encoded(stream.beat()), {at(0), out});
  EXPECT_EQ(replica.state(), msg::State::kCatchingUp);
  publish(stream[1]);
  EXPECT_EQ(replica.state(), msg::State::kLive);
}

// --- the error paths ---

TEST_F(ReplicaTest, AnswersGarbageAsMalformedAndGoesOn) {
  base::Outbox out;
  replica.on_request(client, "\xc1\xff garbage", {at(0), out});
  EXPECT_EQ(answered(out), "malformed ");
  EXPECT_EQ(ask(1, 0), "1 ");
}

TEST_F(ReplicaTest, RefusesAnUnknownVersion) {
  msg::Header header;
  header.v = 99;
  base::Bytes frame;
  msg::append_request(frame, header, msg::Search{});
  base::Outbox out;
  replica.on_request(client, frame, {at(0), out});
  EXPECT_EQ(answered(out), "unsupported_version ");
}

TEST_F(ReplicaTest, TakesRequestsOfClientsFromEdgesAndOperatorsAlone) {
  const auto ask_as = [&](base::KeyRole role) {
    const base::Sender sender{role, "x"};
    base::Bytes frame;
    msg::append_request(frame, {}, msg::Search{});
    base::Outbox out;
    replica.on_request(client, frame, {at(0), out, &sender});
    return answered(out);
  };
  using base::KeyRole;
  for (const auto role : {KeyRole::kFrontend, KeyRole::kBridge, KeyRole::kOperator}) EXPECT_EQ(ask_as(role), "0 ");
  for (const auto role : {KeyRole::kBroker, KeyRole::kCatalog, KeyRole::kOrder, KeyRole::kClient}) {
    EXPECT_EQ(ask_as(role), "forbidden ") << msg::word(role);
  }
}

TEST_F(ReplicaTest, TakesTheRequestOfAHealthCheckFromEveryMember) {
  using base::KeyRole;
  for (const auto role : {KeyRole::kBroker, KeyRole::kCatalog, KeyRole::kOrder, KeyRole::kFrontend}) {
    const base::Sender sender{role, "x"};
    base::Bytes frame;
    msg::append_request(frame, {}, msg::Status{});
    base::Outbox out;
    replica.on_request(client, frame, {at(0), out, &sender});
    EXPECT_EQ(answered(out), "0 ") << msg::word(role);
  }
}

TEST_F(ReplicaTest, StopsWhenTheBrokerDoesNotUnderstandIt) {
  base::Outbox out;
  base::Bytes frame;
  // In the only version that it speaks.
  msg::Header header{.v = 9, .t = "reply", .id = 1, .err = "unsupported_version"};
  msg::append_message(frame, header, msg::Refusal{.message = "too old"});
  replica.on_reply(support::kBroker, frame, {at(0), out});
  EXPECT_EQ(out.stopped(), "the broker refuses this process: too old");
}

TEST_F(ReplicaTest, StopsAtANewerBlock) {
  auto block = msg::decode_block(stream[1]).value();
  block.v = 3;
  base::Outbox out;
  replica.on_published("B", msg::encode_block(block), {at(0), out});
  EXPECT_NE(out.stopped().value_or("").find("upgrade it"), std::string::npos);
}

TEST_F(ReplicaTest, CountsGarbageOnItsSubscription) {
  base::Outbox out;
  replica.on_published("B", "nonsense", {at(0), out});
  replica.on_published("H", "nonsense", {at(0), out});
  EXPECT_EQ(replica.counters()["malformed"], 2U);
}

TEST_F(ReplicaTest, StopsWithTheReasonWhenTheStreamIsNotItsOwn) {
  publish(stream[1]);
  base::Outbox out;
  replica.on_published("H", msg::encoded(support::Stream("store-b").beat()), {at(0), out});
  ASSERT_TRUE(out.stopped());
  EXPECT_NE(out.stopped()->find("store-b"), std::string::npos);
  EXPECT_EQ(view.kept, 1) << "what was applied is committed first";
}

TEST_F(ReplicaTest, AViewThatHasDivergedAnswersNothingAppliesNothingAndSaysSo) {
  EXPECT_EQ(publish(stream[1]), "");
  EXPECT_EQ(ask(1, 2), "") << "it waits";
  replica.diverge("items: item 2 is not there");
  replica.diverge("something that follows from it");
  EXPECT_EQ(ask(2, 0), "");
  EXPECT_EQ(publish(stream.block({support::item_added(1)})), "");
  EXPECT_EQ(replica.position().applied, base::Seq(1));
  base::Outbox out;
  replica.on_tick({at(0), out});
  const auto beat = msg::decode<msg::Heartbeat>(out.publications()[0].payload).value();
  EXPECT_EQ(beat.diverged, "items: item 2 is not there");
  EXPECT_EQ(beat.state, msg::State::kDraining);
}

// --- a view that has diverged (ADR 27) ---

class DivergedTest : public ReplicaTest {
 protected:
  void make(std::optional<int> rebuilds_from) {
    stream::ReplicaConfig config{.identity = {.instance = "catalog-1", .incarnation = base::Incarnation(7)},
                                 .brokers = {support::kBroker}};
    if (rebuilds_from) config.rebuilds_from = at(*rebuilds_from).mono;
    made.emplace(config, stream::Position{}, view);
  }
  // Lets the time come and returns the reason if the replica ended itself.
  std::string tick(int ms) {
    base::Outbox out;
    made->on_tick({at(ms), out});
    for (const auto& each : out.publications()) beat = msg::decode<msg::Heartbeat>(each.payload).value();
    return out.stopped().value_or("goes on");
  }
  void hear_guilty(std::vector<msg::Life> guilty) {
    auto leader = stream.beat();
    leader.leader->guilty = std::move(guilty);
    base::Outbox out;
    made->on_published("H", msg::encoded(leader), {at(0), out});
  }

  std::optional<stream::Replica> made;
  msg::Heartbeat beat;
};

TEST_F(DivergedTest, IsToldToEverybodyAndThenMadeAnew) {
  make(0);
  EXPECT_EQ(tick(0), "goes on");
  made->diverge("a row is lost");
  EXPECT_EQ(tick(50), "goes on");
  EXPECT_EQ(beat.diverged, "a row is lost");
  EXPECT_EQ(tick(549), "goes on");
  EXPECT_EQ(tick(550), "this view is to be made anew: a row is lost");
  EXPECT_TRUE(made->rebuilds());
}

TEST_F(DivergedTest, IsLeftAsItIsIfThatWasDoneAShortWhileAgo) {
  make(60'000);
  made->diverge("a row is lost");
  for (int ms = 0; ms < 120'000; ms += 50) ASSERT_EQ(tick(ms), "goes on") << "also later: once more would be a loop";
  EXPECT_FALSE(made->rebuilds());
  ASSERT_TRUE(beat.trouble);
  EXPECT_NE(beat.trouble->front().find("is wrong again"), std::string::npos);
}

TEST_F(DivergedTest, IsLeftAsItIsWhereNobodyMakesViewsAnew) {
  make(std::nullopt);
  made->diverge("a row is lost");
  EXPECT_EQ(tick(0), "goes on");
  EXPECT_EQ(tick(10'000), "goes on");
}

TEST_F(DivergedTest, IsWhatTheBrokerSaysOfThisProcessAlone) {
  make(0);
  hear_guilty({{"catalog-2", base::Incarnation(7)}, {"catalog-1", base::Incarnation(6)}});
  EXPECT_EQ(view.verdict, "") << "another one, and the process before this one";
  hear_guilty({{"catalog-1", base::Incarnation(7)}});
  EXPECT_NE(view.verdict, "");
}

}  // namespace
