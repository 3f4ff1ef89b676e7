// Events, status, deadlines, bounds and draining of a frontend.
#include <algorithm>

#include "frontend/edge.h"
#include "tests/frontend/edge_fixture.h"

namespace edge_test {
namespace {

TEST_F(EdgeTest, EventsAreShownUpToTheWatermarkOnly) {
  start();
  publish({support::stock_moved(1, -1, 4)}, 1, base::Seq(4));
  ask(1, msg::Events{base::Seq(5), {}, 1000}, 2);
  EXPECT_EQ(take_answers(), Answers{});
  mark(5, 3);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
}

TEST_F(EdgeTest, ManySmallBlocksAreToldInAnswersThatCanBeRead) {
  start();
  for (int i = 0; i < 4200; ++i) publish({{1, msg::KeyVoided{"k"}}}, 1, base::Seq(5000));
  ask(1, msg::Events{base::Seq(5), 1024 * 1024, {}}, 2);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
  EXPECT_TRUE(msg::decode<msg::EventsReply>(last_body));
}

TEST_F(EdgeTest, PagesForAllRequestsThatWaitForOneBlockLeaveInBoundedRounds) {
  start();
  for (std::uint64_t id = 1; id <= 200; ++id) ask(id, msg::Events{base::Seq(5), {}, 10'000}, 1);
  publish({{1, msg::KeyVoided{std::string(60'000, 'k')}}}, 2, base::Seq(5));
  const auto first = take_answers().size();
  EXPECT_GT(first, 60U);
  EXPECT_LT(first, 80U) << "pages of 60 kB that are more than 4 MiB together";
  tick(12);
  EXPECT_EQ(take_answers().size(), first);
  tick(22);
  EXPECT_EQ(take_answers().size(), 200 - 2 * first);
}

TEST_F(EdgeTest, EventsThatTheBrokerHasToReplayTakeTurns) {
  start();
  mark(4, 1);
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t id = 1; id <= 100; ++id) ask(id, msg::Events{base::Seq(1), {}, {}}, 1);
    ASSERT_EQ(sent.size(), frontend::kReplaysPerClient);
    base::Bytes frame;
    msg::append_request(frame, msg::Header{.id = 1}, msg::Events{base::Seq(1), {}, {}});
    edge->on_request({"other", false}, frame, {at(1), out});
    collect(1);
    EXPECT_EQ(sent.size(), frontend::kReplaysPerClient + 1) << "another client waits for none of them";
    for (std::size_t i = 0; i < sent.size(); ++i) {
      base::Bytes reply;
      msg::append_message(reply, msg::reply_header(sent[i].header, stream.commit()), stream.replay(1, 3));
      edge->on_reply(kBroker, reply, {at(2), out});
      collect(2);
    }
    EXPECT_EQ(sent.size(), 101U);
    EXPECT_EQ(take_answers().size(), 101U);
    sent.clear();
  }
}

TEST_F(EdgeTest, StatusNamesTheWriterOfTheStreamNotOfAnOlderHeartbeat) {
  start();
  publish({support::appointed("order-2")}, 1);
  ask(1, msg::Status{}, 2);
  const auto status = msg::decode<msg::StatusReply>(last_body);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->writer, "order-2");
  EXPECT_EQ(status->epoch, base::Epoch(5));
}

TEST_F(EdgeTest, TheStoreIsDescribedByTheLeaderOfTheLatestTerm) {
  ask(1, msg::DescribeStore{}, 0);
  EXPECT_EQ(take_answers(), Answers{"1:unavailable"});
  for (const std::uint64_t term : {3U, 2U}) {
    auto beat = stream.beat(stream.commit());
    beat.instance = fmt::format("broker-{}", term);
    beat.leader->term = base::Term(term);
    beat.leader->currency = msg::Currency{"EUR", static_cast<std::uint32_t>(term)};
    hear(beat, 1);
  }
  ask(2, msg::DescribeStore{}, 1);
  const auto described = msg::decode<msg::StoreReply>(last_body);
  ASSERT_TRUE(described);
  EXPECT_EQ(described->store, stream.beat(stream.commit()).store);
  EXPECT_EQ(described->currency, (msg::Currency{"EUR", 3}));
}

TEST_F(EdgeTest, AStatusOfManyLargeHeartbeatsFitsInAFrame) {
  start();
  msg::Heartbeat beat;
  beat.host = std::string(60 * 1024, 'h');
  for (int i = 0; i < 40; ++i) {
    beat.instance = fmt::format("stranger-{}", i);
    hear(beat, 1);
  }
  ask(1, msg::Status{}, 2);
  EXPECT_TRUE(msg::decode<msg::StatusReply>(last_body));
  EXPECT_LT(last_body.size(), msg::kFrameBytesMax);
}

TEST_F(EdgeTest, EventsThatDoNotComeAreAnsweredEmptyWhenTheWaitIsOver) {
  start();
  ask(1, msg::Events{base::Seq(5), {}, 100}, 2);
  tick(110);
  EXPECT_EQ(take_answers(), (Answers{"1:ok"}));
}

TEST_F(EdgeTest, BlocksThatWereKeptForEventsAreGivenUpOldestFirstHoweverManyCome) {
  start();
  msg::ItemsAdded added;
  for (std::uint64_t i = 0; i < 256; ++i)
    added.items.push_back({base::ItemId(100 + i), std::string(400, 't'), "topic"});
  constexpr std::uint64_t kBlocks = 200;  // of 110 KB: more than twice the bytes that are kept
  for (std::uint64_t i = 0; i < kBlocks; ++i) publish({{1, added}}, 1, stream.commit().next());
  ask(1, msg::Events{stream.commit()}, 2);
  ask(2, msg::Events{base::Seq(stream.commit().value() - 50)}, 2);
  EXPECT_EQ(take_answers(), (Answers{"1:ok", "2:ok"}));
  EXPECT_EQ(sent.size(), 0U);
  ask(3, msg::Events{base::Seq(stream.commit().value() - 150)}, 2);
  ASSERT_EQ(sent.size(), 1U);
  EXPECT_EQ(sent[0].header.t, "replay");
}

TEST_F(EdgeTest, BytesUnderWayOfAClientAreBoundedAndGivenBack) {
  start();
  const std::string title(16 * 1024 * 1024 / 80, 't');
  for (std::uint64_t round = 100; round <= 300; round += 100) {
    sent.clear();
    for (std::uint64_t i = 1; i <= 84; ++i) ask(round + i, msg::Lookup{{}, title}, 1);
    EXPECT_EQ(take_answers().size(), 5U);  // beyond 16 MiB, with some bytes around each title
    ask_as("other", round + 85, msg::Lookup{{}, title}, 1);
    EXPECT_EQ(take_answers().size(), 0U) << "another client notices nothing";
    for (std::size_t i = 0; i < sent.size(); ++i) refuse(i, msg::Code::kInvalid, 4, 1);  // which makes room for others
    EXPECT_EQ(take_answers().size(), 80U);
  }
}

// It is passed on behind others in one frame, which its receiver must take.
TEST_F(EdgeTest, ARequestThatIsTooLargeIsRefused) {
  start();
  const std::string title(msg::kRequestBytesMax, 't');
  ask(1, msg::Lookup{{}, title}, 1);
  EXPECT_EQ(take_answers(), Answers{"1:invalid"});
  EXPECT_EQ(sent.size(), 0U);
  ask(2, msg::Lookup{{}, title.substr(500)}, 1);
  EXPECT_EQ(sent.size(), 1U);
}

TEST_F(EdgeTest, WaitingEventsOfAClientAreBoundedAndGivenBack) {
  start();
  for (std::uint64_t round = 1; round <= 2; ++round) {
    const auto next = stream.commit().next();
    for (std::uint64_t i = 1; i <= frontend::kEventsWaitingPerClientMax + 1; ++i) {
      ask(1000 * round + i, msg::Events{next, {}, 10'000}, 1);
    }
    EXPECT_EQ(take_answers(), Answers{fmt::format("{}:busy", 1000 * round + frontend::kEventsWaitingPerClientMax + 1)});
    ask_as("other", 9, msg::Events{next, {}, 10'000}, 1);
    EXPECT_EQ(take_answers(), Answers{}) << "another client may wait";
    publish({{1, msg::KeyVoided{"k"}}}, 1, next);
    EXPECT_EQ(take_answers().size(), frontend::kEventsWaitingPerClientMax + 1);
  }
  tick(60);
  EXPECT_EQ(counter("under_way"), 0U);
}

class HeldBytesTest : public EdgeTest {
 protected:
  // The gate holds an answer of a megabyte for the client. Returns false if its request was not taken.
  bool hold(const std::string& client) {
    ++id_;
    ask_as(client, id_, msg::GetOrder{base::OrderNo(id_)}, 1);
    if (!take_answers().empty()) return false;
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(sent.back().header, stream.commit()), body_);
    edge->on_reply(sent.back().to, frame, {at(1), out});
    collect(1);
    return true;
  }
  std::uint64_t fill(const std::string& client) {
    std::uint64_t taken = 0;
    while (hold(client)) ++taken;
    return taken;
  }
  const base::Bytes body_ = msg::encoded(msg::EventsReply{{{std::string(1024 * 1024, 'b')}}, {}});
  std::uint64_t id_ = 0;
};

TEST_F(HeldBytesTest, AClientForWhichTheGateHoldsTooMuchIsBusyAndTheRoomIsGivenBack) {
  start();
  constexpr auto kMost = frontend::Gate::kHeldBytesPerClientMax / (1024 * 1024);
  for (int twice = 0; twice < 2; ++twice) {
    publish({support::stock_moved(1, 1, 5)}, 1);
    EXPECT_EQ(fill("greedy"), kMost);
    EXPECT_TRUE(hold("other"));
    mark(stream.commit().value(), 1);
    EXPECT_EQ(take_answers().size(), kMost + 1);
  }
}

TEST_F(HeldBytesTest, NothingIsTakenWhileTheGateHoldsTooMuchAndTheRoomIsGivenBack) {
  start();
  constexpr auto kOfOne = frontend::Gate::kHeldBytesPerClientMax / (1024 * 1024);
  constexpr auto kClients = frontend::Gate::kHeldBytesMax / frontend::Gate::kHeldBytesPerClientMax;
  for (int twice = 0; twice < 2; ++twice) {
    publish({support::stock_moved(1, 1, 5)}, 1);
    for (std::size_t i = 0; i < kClients; ++i) EXPECT_EQ(fill(std::to_string(i)), kOfOne);
    EXPECT_FALSE(hold("other"));
    mark(stream.commit().value(), 1);
    EXPECT_EQ(take_answers().size(), kClients * kOfOne);
  }
}

// A bridge in the process of the frontend.
TEST_F(HeldBytesTest, AConnectionThatAsksForManyClientsMayHaveAll) {
  start();
  publish({support::stock_moved(1, 1, 5)}, 1);
  EXPECT_EQ(fill(std::string(9, '\0')), frontend::Gate::kHeldBytesMax / (1024 * 1024));
  mark(stream.commit().value(), 1);
}

TEST_F(EdgeTest, TheAnswerToALongRequestIsNotKept) {
  start();
  const auto lookup_of = [](std::size_t bytes) {
    const auto rest = msg::encoded(msg::Lookup{{}, std::string(bytes, 't')}).size() - bytes;
    return msg::Lookup{{}, std::string(bytes - rest, 't')};
  };
  for (const auto bytes : {frontend::kCacheKeyMax, frontend::kCacheKeyMax + 1}) {
    ASSERT_EQ(msg::encoded(lookup_of(bytes)).size(), bytes);
    sent.clear();
    for (std::uint64_t i = 0; i < 2; ++i) {
      ask(bytes + i, lookup_of(bytes), 1);
      if (sent.size() > i) tell_item(i, 5, 2, 1);
    }
    EXPECT_EQ(take_answers().size(), 2U);
    EXPECT_EQ(sent.size(), bytes == frontend::kCacheKeyMax ? 1U : 2U);
  }
}

TEST_F(EdgeTest, AConnectionToAnInstanceThatIsLongGoneIsClosed) {
  start();
  for (int ms = 0; ms <= 61'000; ms += 1'000) {
    auto beat = stream.beat(stream.commit());
    edge->on_published("H", msg::encoded(beat), {at(ms), out});
    edge->on_tick({at(ms), out});
  }
  auto closed = out.hang_ups();
  std::sort(closed.begin(), closed.end());
  EXPECT_EQ(closed, (std::vector<base::Endpoint>{kCatalog1, kCatalog2, kOrder1, kOrder2}));
}

TEST_F(EdgeTest, ALeaseIsAskedForWithWhatIsAppliedAtThatMoment) {
  start();
  stream.block({support::stock_moved(1, -1, 4)});
  edge->on_published("B", stream.published(stream.size()), {at(60), out});
  edge->on_tick({at(60), out});
  base::Seq told;
  for (const auto& message : support::messages(out.sends().at(kBroker))) {
    if (message.header.t == "lease") told = msg::decode<msg::LeaseRequest>(message.body)->applied;
  }
  EXPECT_EQ(told, base::Seq(5));
}

// --- the error paths ---

TEST_F(EdgeTest, SaysWhyWhenTimeRunsOut) {
  hear_all(0);
  lookup(1, 1, 0, {.ttl = 100});
  tick(100);
  EXPECT_EQ(take_answers(), (Answers{"1:unavailable"}));
}

TEST_F(EdgeTest, AWriteThatRanOutOfTimeIsUnknown) {
  start();
  ask(1, msg::PlaceOrder{"k", msg::OrderType::kBuy, {}, {}}, 1, {.ttl = 100});
  tick(120);
  EXPECT_EQ(take_answers(), (Answers{"1:unknown"}));
}

TEST_F(EdgeTest, AnAnswerThatTheGateHeldTooLongIsUnknown) {
  start();
  ask(1, msg::PlaceOrder{"k", msg::OrderType::kBuy, {}, {}}, 1, {.ttl = 100});
  tell_item(0, 4, 99, 2);
  tick(120);
  EXPECT_EQ(take_answers(), (Answers{"1:unknown"}));
}

TEST_F(EdgeTest, RefusesWhatItDoesNotKnow) {
  start();
  base::Bytes frame;
  msg::append_message(frame, msg::Header{.t = "explode", .id = 1}, msg::Status{});
  msg::append_message(frame, msg::Header{.v = 7, .t = "lookup", .id = 2}, msg::Status{});
  frame += "\xc1";
  edge->on_request({"client", false}, frame, {at(1), out});
  collect(1);
  EXPECT_EQ(take_answers(), (Answers{"1:unknown_type", "2:unsupported_version", "0:malformed"}));
}

// The next release is linked here (tests/versions): it understands versions 1 and 2 and writes 1. Bodies are passed on
// unchanged, so the replica must learn their version.
TEST_F(EdgeTest, TheVersionOfARequestGoesAlongToTheReplicaAndBack) {
  start();
  lookup(1, 1, 1, {.v = 2});
  EXPECT_EQ(sent.at(0).header.v, 2U);
  tell_item(0, 5, 4, 2);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 5"}));
  EXPECT_EQ(last_version, 2U);
}

TEST_F(EdgeTest, AnAnswerCachedInOneVersionIsNotGivenInAnother) {
  start();
  lookup(1, 1, 1, {.v = 2});
  tell_item(0, 5, 4, 2);
  take_answers();
  lookup(2, 1, 3);
  EXPECT_TRUE(take_answers().empty());
  ASSERT_EQ(sent.size(), 2U);
  EXPECT_EQ(sent[1].header.v, 1U);
  lookup(3, 1, 4, {.v = 2});
  EXPECT_EQ(take_answers(), (Answers{"3:stock 5"})) << "from the cache";
}

TEST_F(EdgeTest, AReplicaThatIsTooOldForAClientDoesNotEndTheFrontend) {
  start();
  lookup(1, 1, 1, {.v = 2});
  base::Bytes frame;
  msg::append_refusal(frame, sent.at(0).header.id, {}, {.code = msg::Code::kUnsupportedVersion, .message = "no"});
  edge->on_reply(sent[0].to, frame, {at(2), out});
  EXPECT_FALSE(out.stopped());
  collect(2);
  EXPECT_EQ(take_answers(), (Answers{"1:unsupported_version"}));
}

TEST_F(EdgeTest, ABrokerThatDoesNotUnderstandItEndsTheFrontend) {
  start();
  base::Bytes frame;
  msg::Header header{.v = 9, .t = "reply", .id = lease_id, .err = "unsupported_version"};
  msg::append_message(frame, header, msg::Refusal{.message = "too old"});
  edge->on_reply(kBroker, frame, {at(1), out});
  EXPECT_EQ(out.stopped(), "the broker refuses this process: too old");
}

TEST_F(EdgeTest, AFloodingClientGetsBusyAndOthersAreServed) {
  start();
  for (std::uint64_t id = 1; id <= 3000; ++id) buy(id, "k" + std::to_string(id), 1);
  const auto refused = take_answers();
  EXPECT_GT(refused.size(), 500U);
  EXPECT_EQ(refused[0].substr(refused[0].find(':')), ":busy");
  const auto before = sent.size();
  base::Bytes frame;
  msg::append_request(frame, msg::Header{.id = 1}, msg::Lookup{base::ItemId(2), {}});
  edge->on_request({"other", false}, frame, {at(1), out});
  collect(1);
  EXPECT_EQ(sent.size(), before + 1);
}

TEST_F(EdgeTest, DrainsBeforeItStops) {
  start();
  buy(1, "k1", 1);
  edge->on_stop({at(2), out});
  tick(10);
  EXPECT_FALSE(out.stopped());
  tell_item(0, 4, 4, 12);
  EXPECT_FALSE(released);
  tick(40);
  EXPECT_TRUE(out.stopped());
  EXPECT_TRUE(released);
  EXPECT_EQ(take_answers(), (Answers{"1:stock 4"}));
}

TEST_F(EdgeTest, WaitsForTheAnswersInItsGateBeforeItStops) {
  start();
  buy(1, "k1", 1);
  tell_item(0, 4, 5, 2);
  edge->on_stop({at(3), out});
  tick(60);
  EXPECT_FALSE(out.stopped());
  publish({support::stock_moved(1, -1, 4)}, 61, base::Seq(5));
  EXPECT_EQ(take_answers(), (Answers{"1:stock 4"}));
  tick(62);
  EXPECT_TRUE(out.stopped());
}

TEST_F(EdgeTest, AnswersWhatIsStillUnderWayWhenItStops) {
  start();
  buy(1, "k1", 1);
  buy(2, "k2", 1);
  tell_item(1, 4, 5, 2);
  lookup(3, 2, 2);
  edge->on_stop({at(3), out});
  tick(2002);
  EXPECT_FALSE(out.stopped());
  EXPECT_EQ(take_answers(), Answers{});
  tick(2003);
  EXPECT_TRUE(out.stopped());
  EXPECT_EQ(take_answers(), (Answers{"1:unknown", "3:unavailable", "2:unknown"}));
}

TEST_F(EdgeTest, AsksForNoMoreLeaseWhileItDrains) {
  start();
  buy(1, "k1", 1);
  tick(55);
  const auto before = lease_id;
  edge->on_stop({at(56), out});
  tick(110);
  tick(170);
  EXPECT_EQ(lease_id, before);
}

TEST_F(EdgeTest, TakesNothingNewWhileItDrainsNotEvenAHit) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  take_answers();
  buy(2, "k1", 3);
  edge->on_stop({at(4), out});
  lookup(3, 1, 5);
  EXPECT_EQ(take_answers(), (Answers{"3:unavailable"}));
}

TEST_F(EdgeTest, AnotherStoresBrokerStopsItWithTheReason) {
  start();
  edge->on_published("H", msg::encoded(support::Stream("store-b").beat()), {at(1), out});
  ASSERT_TRUE(out.stopped());
  EXPECT_NE(out.stopped()->find("store-b"), std::string::npos);
}

}  // namespace
}  // namespace edge_test
