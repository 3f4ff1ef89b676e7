// Lease, Gate, Cache, TouchLog and Routes, each by itself.
#include <gtest/gtest.h>

#include "frontend/cache.h"
#include "frontend/gate.h"
#include "frontend/lease.h"
#include "frontend/routes.h"
#include "tests/support/blocks.h"

namespace {

using frontend::Cache;
using frontend::Gate;
using frontend::Lease;
using frontend::Routes;
using frontend::TouchLog;
using support::at;

base::Seq seq(std::uint64_t value) { return base::Seq(value); }
base::ItemId item(std::uint64_t value) { return base::ItemId(value); }

// --- Lease ---

msg::LeaseReply grant(std::uint64_t commit, std::uint64_t term = 1) { return {base::Term(term), seq(commit), 500}; }

TEST(LeaseTest, CountsFromWhenItWasAskedLessTheMargin) {
  Lease lease(0.01);
  lease.on_asked(1, at(0).mono);
  EXPECT_TRUE(lease.on_grant(1, grant(0), seq(0)));
  EXPECT_TRUE(lease.valid(at(494).mono));
  EXPECT_FALSE(lease.valid(at(495).mono));
}

TEST(LeaseTest, IsOfNoUseBeforeTheCommitSeqIsApplied) {
  Lease lease(0.01);
  lease.on_asked(1, at(0).mono);
  lease.on_grant(1, grant(7), seq(6));
  EXPECT_FALSE(lease.valid(at(1).mono));
  lease.on_applied(seq(7));
  EXPECT_TRUE(lease.valid(at(1).mono));
}

TEST(LeaseTest, AnEarlierGrantServesWhileALaterOneIsAhead) {
  Lease lease(0.01);
  lease.on_asked(1, at(0).mono);
  lease.on_grant(1, grant(1), seq(1));
  lease.on_asked(2, at(50).mono);
  lease.on_grant(2, grant(9), seq(1));
  EXPECT_TRUE(lease.valid(at(490).mono));
  EXPECT_FALSE(lease.valid(at(500).mono));
  lease.on_applied(seq(9));
  EXPECT_TRUE(lease.valid(at(500).mono));
}

TEST(LeaseTest, RefusesWhatWasNotAskedForAndTermsThatAreOver) {
  Lease lease(0.01);
  EXPECT_FALSE(lease.on_grant(1, grant(0), seq(0)));
  lease.on_asked(1, at(0).mono);
  lease.on_asked(2, at(0).mono);
  EXPECT_TRUE(lease.on_grant(1, grant(0, 3), seq(0)));
  EXPECT_FALSE(lease.on_grant(2, grant(0, 2), seq(0)));
  EXPECT_FALSE(lease.on_grant(1, grant(0, 3), seq(0)));
}

// --- Gate ---

class GateTest : public testing::Test {
 protected:
  void pass(std::uint64_t reveals, std::uint64_t id, int expires_ms = 1000, const std::string& client = "a") {
    frontend::Held held;
    held.client = client;
    held.header.id = id;
    held.body = "x";
    held.expires = at(expires_ms).mono;
    gate.pass(seq(reveals), std::move(held));
  }
  static constexpr std::size_t kOne = Gate::kHeldCost + 1;  // bytes of one held answer
  std::vector<std::uint64_t> released;
  Gate gate{false, [this](frontend::Held&& held) { released.push_back(held.header.id); }};
};

TEST_F(GateTest, HoldsWhatRevealsMoreThanTheWatermark) {
  gate.on_mark(seq(5));
  pass(5, 1);
  pass(6, 2);
  pass(7, 3);
  EXPECT_EQ(released, (std::vector<std::uint64_t>{1}));
  gate.on_mark(seq(6));
  EXPECT_EQ(released, (std::vector<std::uint64_t>{1, 2}));
  EXPECT_EQ(gate.held_bytes(), kOne);
}

TEST_F(GateTest, AMarkNeverGoesBack) {
  gate.on_mark(seq(6));
  gate.on_mark(seq(5));
  pass(6, 1);
  EXPECT_EQ(released.size(), 1U);
}

TEST_F(GateTest, GivesBackAnswersThatHaveExpired) {
  pass(9, 1, 10);
  pass(9, 2, 20);
  const auto expired = gate.expire(at(10).mono);
  ASSERT_EQ(expired.size(), 1U);
  EXPECT_EQ(expired[0].header.id, 1U);
  EXPECT_EQ(gate.held(), 1U);
  EXPECT_EQ(gate.held_bytes(), kOne);
  gate.expire(at(20).mono);
  EXPECT_EQ(gate.held_bytes(), 0U);
  EXPECT_EQ(gate.clients(), 0U);
}

TEST_F(GateTest, KnowsTheBytesOfEachClientAndForgetsClientsThatHaveNone) {
  for (std::uint64_t mark = 1; mark <= 2; ++mark) {
    for (const auto* client : {"a", "b", "a"}) pass(mark, 1, 1000, client);
    EXPECT_EQ(gate.held_bytes_of("a"), 2 * kOne);
    EXPECT_EQ(gate.held_bytes_of("b"), kOne);
    EXPECT_EQ(gate.held_bytes_of("c"), 0U);
    EXPECT_EQ(gate.held_bytes(), 3 * kOne);
    gate.on_mark(seq(mark));
    EXPECT_EQ(gate.held_bytes(), 0U);
    EXPECT_EQ(gate.clients(), 0U);
  }
}

// --- Cache ---

frontend::CacheEntry entry(std::vector<base::ItemId> items, bool open_ended = false) {
  return {"body", seq(1), std::move(items), open_ended};
}

TEST(CacheTest, AnEventDropsEveryEntryThatShowsItsItem) {
  Cache cache(1 << 20);
  cache.put("lookup 1", entry({item(1)}));
  cache.put("search", entry({item(1), item(2)}, true));
  cache.put("lookup 2", entry({item(2)}));
  cache.touch(item(1));
  EXPECT_EQ(cache.find("lookup 1"), nullptr);
  EXPECT_EQ(cache.find("search"), nullptr);
  EXPECT_NE(cache.find("lookup 2"), nullptr);
}

TEST(CacheTest, ANewItemDropsWhatCouldGainIt) {
  Cache cache(1 << 20);
  cache.put("lookup 1", entry({item(1)}));
  cache.put("search", entry({}, true));
  cache.touch_open_ended();
  EXPECT_NE(cache.find("lookup 1"), nullptr);
  EXPECT_EQ(cache.find("search"), nullptr);
}

TEST(CacheTest, DropsTheLeastRecentlyUsedBeyondItsBytes) {
  Cache cache(1200);
  cache.put("a", entry({item(1)}));
  cache.put("b", entry({item(2)}));
  cache.put("c", entry({item(3)}));
  EXPECT_NE(cache.find("a"), nullptr);
  cache.put("d", entry({item(4)}));
  EXPECT_EQ(cache.find("b"), nullptr);
  EXPECT_NE(cache.find("a"), nullptr);
  EXPECT_LE(cache.bytes(), 1200U);
  EXPECT_EQ(cache.evicted(), 1U);
}

TEST(CacheTest, EvictsTheLeastRecentlyUsedBeyondItsEntriesAndCountsThem) {
  Cache cache(1 << 20, 2);
  cache.put("a", entry({item(1)}));
  cache.put("b", entry({item(2)}));
  EXPECT_EQ(cache.evicted(), 0U);
  EXPECT_NE(cache.find("a"), nullptr);
  cache.put("c", entry({item(3)}));
  EXPECT_EQ(cache.find("b"), nullptr) << "used before a";
  EXPECT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.evicted(), 1U);
}

TEST(CacheTest, AnEntryThatIsReplacedOrTouchedIsNotEvicted) {
  Cache cache(1 << 20, 1);
  cache.put("a", entry({item(1)}));
  cache.put("a", entry({item(1)}));
  cache.touch(item(1));
  cache.put("b", entry({item(2)}));
  EXPECT_EQ(cache.evicted(), 0U);
}

TEST(CacheTest, AnEntryLargerThanTheCacheEvictsNothing) {
  Cache cache(1200);
  cache.put("a", entry({item(1)}));
  cache.put("large", entry(std::vector<base::ItemId>(20, item(2))));
  EXPECT_EQ(cache.find("large"), nullptr);
  EXPECT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(cache.evicted(), 0U);
}

TEST(CacheTest, AnEntryPutAgainIsCountedOnce) {
  Cache cache(1 << 20);
  cache.put("a", entry({item(1)}));
  const auto bytes = cache.bytes();
  cache.put("a", entry({item(1)}));
  EXPECT_EQ(cache.bytes(), bytes);
  EXPECT_EQ(cache.size(), 1U);
}

TEST(TouchLogTest, TellsATouchAfterTheAnswersSeqWithinTheFlight) {
  TouchLog log;
  const auto sent = log.end();
  log.add(seq(5), item(1));
  const auto joined = log.end();
  log.add(seq(6), item(2));
  EXPECT_TRUE(log.touched(sent, log.end(), seq(4), {item(1)}, false));
  EXPECT_FALSE(log.touched(sent, log.end(), seq(5), {item(1)}, false));
  EXPECT_FALSE(log.touched(sent, joined, seq(4), {item(2)}, false));
  EXPECT_TRUE(log.touched(sent, log.end(), seq(4), {item(2)}, false));
}

TEST(TouchLogTest, ANewItemTouchesOnlyOpenEndedAnswers) {
  TouchLog log;
  log.add(seq(5), TouchLog::kListed);
  EXPECT_TRUE(log.touched(0, log.end(), seq(4), {}, true));
  EXPECT_FALSE(log.touched(0, log.end(), seq(4), {}, false));
}

TEST(TouchLogTest, ATouchOfAllTouchesWhatIsUnderWayAlone) {
  TouchLog log;
  log.add(seq(5), item(1));
  const auto sent = log.end();
  log.touch_all();
  EXPECT_TRUE(log.touched(sent, log.end(), seq(9), {item(2)}, false));
  EXPECT_FALSE(log.touched(log.end(), log.end(), seq(9), {item(2)}, false));
}

TEST(TouchLogTest, SaysYesWhenItNoLongerReachesBack) {
  TouchLog log;
  for (std::uint64_t i = 0; i <= TouchLog::kTouches; ++i) log.add(seq(1), item(9));
  EXPECT_TRUE(log.touched(0, log.end(), seq(100), {item(1)}, false));
  EXPECT_FALSE(log.touched(1, log.end(), seq(100), {item(1)}, false));
}

// --- Routes ---

msg::Heartbeat beat_of(const std::string& instance, msg::Role role = msg::Role::kCatalog,
                       msg::State state = msg::State::kLive) {
  msg::Heartbeat beat;
  beat.role = role;
  beat.instance = instance;
  beat.host = "here";
  beat.tcp = "tcp://" + instance;
  beat.state = state;
  return beat;
}

TEST(RoutesTest, AnInstanceThatHasMovedLeavesAnEndpoint) {
  Routes routes("here");
  auto beat = beat_of("c1");
  EXPECT_EQ(routes.hear(beat, at(0).mono), std::nullopt);
  EXPECT_EQ(routes.hear(beat, at(50).mono), std::nullopt);
  beat.tcp = "tcp://elsewhere";
  EXPECT_EQ(routes.hear(beat, at(100).mono), "tcp://c1");
  EXPECT_EQ(routes.hear(beat, at(150).mono), std::nullopt);
}

TEST(RoutesTest, CountersAreKeptUntilTheSameLifeTellsThemAgain) {
  Routes routes("here");
  const auto counted = [&] { return routes.known().at("c1").beat.counters; };
  auto beat = beat_of("c1");
  beat.counters = {{"decided", 5}};
  beat.latency = {{"read", 7, {1}}};
  routes.hear(beat, at(0).mono);
  beat.counters.clear();
  beat.latency.reset();
  routes.hear(beat, at(50).mono);
  ASSERT_EQ(counted().size(), 1U);
  EXPECT_EQ(counted()[0].value, 5U);
  ASSERT_TRUE(routes.known().at("c1").beat.latency);
  EXPECT_EQ(routes.known().at("c1").beat.latency->at(0).sum_us, 7U);
  beat.counters = {{"decided", 6}};
  routes.hear(beat, at(100).mono);
  EXPECT_EQ(counted()[0].value, 6U);
  EXPECT_FALSE(routes.known().at("c1").beat.latency);
  beat.counters.clear();
  beat.incarnation = base::Incarnation(beat.incarnation.value() + 1);
  routes.hear(beat, at(150).mono);
  EXPECT_TRUE(counted().empty()) << "another process counts from 0";
}

TEST(RoutesTest, ReadsTakeTurns) {
  Routes routes("here");
  routes.hear(beat_of("c1"), at(0).mono);
  routes.hear(beat_of("c2"), at(0).mono);
  const auto first = *routes.reader(msg::Role::kCatalog, "", at(0).mono);
  EXPECT_EQ(*routes.reader(msg::Role::kCatalog, "", at(0).mono), first);
  routes.turn();
  EXPECT_NE(*routes.reader(msg::Role::kCatalog, "", at(0).mono), first);
  EXPECT_NE(*routes.reader(msg::Role::kCatalog, "tcp://c1", at(0).mono), "tcp://c1");
}

TEST(RoutesTest, SkipsWhatHasDivergedWhileThereIsAnother) {
  Routes routes("here");
  routes.hear(beat_of("c1"), at(0).mono);
  routes.hear(beat_of("c2"), at(0).mono);
  EXPECT_TRUE(routes.on_diverged({"c1"}));
  EXPECT_FALSE(routes.on_diverged({"c1"})) << "known";
  for (int turns = 0; turns < 2; ++turns, routes.turn()) {
    EXPECT_EQ(*routes.reader(msg::Role::kCatalog, "", at(0).mono), "tcp://c2");
  }
  EXPECT_TRUE(routes.on_diverged({"c1", "c2"}));
  EXPECT_TRUE(routes.reader(msg::Role::kCatalog, "", at(0).mono));
  EXPECT_FALSE(routes.on_diverged({}));
}

TEST(RoutesTest, SkipsTheSilentAndTheLaggingWhileThereIsAnother) {
  Routes routes("here");
  routes.hear(beat_of("c1"), at(0).mono);
  routes.hear(beat_of("c2", msg::Role::kCatalog, msg::State::kCatchingUp), at(300).mono);
  routes.hear(beat_of("c3"), at(300).mono);
  for (int i = 0; i < 3; ++i, routes.turn()) {
    EXPECT_EQ(*routes.reader(msg::Role::kCatalog, "", at(300).mono), "tcp://c3");
  }
  EXPECT_NE(routes.reader(msg::Role::kCatalog, "", at(900).mono), std::nullopt);
}

TEST(RoutesTest, TakesTheShortWayOnTheSameHost) {
  Routes routes("here");
  auto beat = beat_of("c1");
  beat.ipc = "ipc://c1";
  routes.hear(beat, at(0).mono);
  EXPECT_EQ(*routes.reader(msg::Role::kCatalog, "", at(0).mono), "ipc://c1");
  beat.host = "elsewhere";
  routes.hear(beat, at(0).mono);
  EXPECT_EQ(*routes.reader(msg::Role::kCatalog, "", at(0).mono), "tcp://c1");
}

TEST(RoutesTest, TheLatestEpochNamesTheWriter) {
  Routes routes("here");
  routes.hear(beat_of("o1", msg::Role::kOrder), at(0).mono);
  routes.hear(beat_of("o2", msg::Role::kOrder), at(0).mono);
  EXPECT_EQ(routes.writer(), std::nullopt);
  EXPECT_TRUE(routes.on_writer(base::Epoch(5), "o2"));
  EXPECT_FALSE(routes.on_writer(base::Epoch(4), "o1"));
  EXPECT_EQ(*routes.writer(), "tcp://o2");
}

TEST(RoutesTest, KnownInstancesAreBoundedAndANewOneReplacesTheOneThatWasSilentLongest) {
  Routes routes("here");
  for (std::size_t i = 0; i <= Routes::kInstancesMax; ++i) {
    routes.hear(beat_of(fmt::format("c{}", i)), at(i == 0 ? 0 : 1000).mono);
  }
  EXPECT_EQ(routes.known().size(), Routes::kInstancesMax);
  routes.hear(beat_of("c1"), at(2000).mono);  // a heartbeat of a known instance is still taken
  EXPECT_EQ(routes.known().at("c1").heard, at(2000).mono);
  routes.gone(at(60'000).mono);
  routes.hear(beat_of("late"), at(60'000).mono);
  EXPECT_EQ(routes.known().count("late"), 1U);
}

TEST(RoutesTest, HangsUpOnInstancesThatAreLongGone) {
  Routes routes("here");
  routes.hear(beat_of("c1"), at(0).mono);
  EXPECT_TRUE(routes.gone(at(59'000).mono).empty());
  EXPECT_EQ(routes.gone(at(60'000).mono), std::vector<base::Endpoint>{"tcp://c1"});
  EXPECT_TRUE(routes.gone(at(61'000).mono).empty()) << "once";
  EXPECT_EQ(routes.reader(msg::Role::kCatalog, "", at(60'000).mono), std::nullopt);
}

}  // namespace
