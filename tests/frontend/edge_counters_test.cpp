// The counters in a frontend's heartbeat (docs/OPERATIONS.md lists them).
#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <tuple>

#include "base/latency.h"
#include "msg/codec.h"
#include "tests/frontend/edge_fixture.h"

namespace edge_test {
namespace {

class EdgeCountersTest : public EdgeTest {
 protected:
  // Lets a heartbeat be published, and returns the counters with these names.
  std::vector<std::optional<std::uint64_t>> told(int ms, const std::vector<std::string>& names) {
    tick(ms);
    std::vector<std::optional<std::uint64_t>> values;
    for (const auto& name : names) values.push_back(counter(name));
    return values;
  }
  using Values = std::vector<std::optional<std::uint64_t>>;
};

TEST_F(EdgeCountersTest, TheHeartbeatSaysHowItIs) {
  tick(0);
  ASSERT_TRUE(own);
  EXPECT_EQ(own->state, msg::State::kStarting);
  hear_all(1);
  tick(60);
  EXPECT_EQ(own->state, msg::State::kCatchingUp) << "there is no lease";
  grant(61);
  tick(120);
  EXPECT_EQ(own->state, msg::State::kLive);
  EXPECT_EQ(own->role, msg::Role::kFrontend);
  EXPECT_EQ(own->instance, "frontend-1");
  EXPECT_EQ(own->store, "store-a");
  EXPECT_EQ(own->applied, stream.commit());
  buy(1, "k", 121);
  edge->on_stop({at(122), out});
  tick(180);
  EXPECT_EQ(own->state, msg::State::kDraining);
}

TEST_F(EdgeCountersTest, OfTheCache) {
  start();
  lookup(1, 1, 1);
  lookup(2, 1, 1);
  tell_item(0, 5, 2, 2);
  lookup(3, 1, 3);
  EXPECT_EQ(told(60, {"cache_misses", "cache_shared", "cache_hits", "cache_entries", "cache_invalidated"}),
            (Values{1, 1, 1, 1, 0}));
  EXPECT_GT(counter("cache_bytes"), 0U);
  publish({support::stock_moved(1, -1, 4)}, 61, base::Seq(5));
  EXPECT_EQ(told(120, {"cache_entries", "cache_bytes", "cache_invalidated"}), (Values{0, 0, 1}));
  lookup(4, 1, 121);
  publish({support::stock_moved(1, -1, 3)}, 122, base::Seq(6));
  tell_item(1, 4, 5, 123);  // an event has overtaken the answer
  EXPECT_EQ(told(180, {"cache_fills_late", "cache_entries"}), (Values{1, 0}));
}

TEST_F(EdgeCountersTest, OfACacheThatHoldsOneAnswer) {
  make(true, 1);
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 2);
  lookup(2, 2, 3);
  tell_item(1, 5, 3, 4);
  lookup(3, 1, 5);
  EXPECT_EQ(told(60, {"cache_hits", "cache_misses", "cache_entries", "cache_evicted"}), (Values{0, 3, 1, 1}));
}

TEST_F(EdgeCountersTest, OfRequestsAndAnswers) {
  start();
  lookup(1, 1, 1);
  buy(2, "k", 2);
  ask(3, msg::Search{}, 3);
  EXPECT_EQ(told(60, {"requests_lookup", "requests_place", "requests_search", "under_way", "answers"}),
            (Values{1, 1, 1, 3, 0}));
  tell_item(0, 5, 2, 61);
  tell_item(0, 5, 2, 62);
  EXPECT_EQ(told(120, {"answers", "answers_late", "under_way"}), (Values{1, 1, 2}));
}

TEST_F(EdgeCountersTest, OfTheGate) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 4, stream.commit().value() + 1, 2);  // the replica is ahead of the watermark
  EXPECT_EQ(told(60, {"gate_holds", "gate_held_now", "under_way"}), (Values{1, 1, 0}));
  publish({support::stock_moved(1, -1, 4)}, 61, base::Seq(5));
  EXPECT_EQ(told(120, {"gate_holds", "gate_held_now"}), (Values{1, 0}));
}

TEST_F(EdgeCountersTest, TheTimeOfReadsAndOfChangesIsMeasuredAlsoOfThoseThatAreRefused) {
  start();
  lookup(1, 1, 1);
  tell_item(0, 5, 2, 4);
  lookup(2, 1, 5);  // from the cache
  buy(3, "k", 100);
  refuse(1, msg::Code::kOutOfStock, 0, 107);
  ask(4, msg::GetOrder{base::OrderNo(1)}, 110, {.ttl = 1000});
  ask(5, msg::Status{}, 111);
  ask(6, msg::Events{base::Seq(1)}, 112);
  tick(1300);
  tick(1360);  // the next heartbeat tells it
  ASSERT_TRUE(own->latency);
  const auto& [read, change] = std::tie(own->latency->at(0), own->latency->at(1));
  EXPECT_EQ(read.kind, "read");
  EXPECT_EQ(change.kind, "change");
  const auto in = [](const msg::Latency& latency, std::uint64_t bound_us) {
    const auto& bounds = base::kLatencyBoundsUs;
    return latency.counts.at(
        static_cast<std::size_t>(std::find(bounds.begin(), bounds.end(), bound_us) - bounds.begin()));
  };
  EXPECT_EQ(in(read, 100), 1U) << "a hit";
  EXPECT_EQ(in(read, 5'000), 1U) << "from a replica";
  EXPECT_EQ(in(read, 2'500'000), 1U) << "refused after its deadline";
  EXPECT_EQ(in(change, 10'000), 1U) << "sold out";
  EXPECT_EQ(std::accumulate(read.counts.begin(), read.counts.end(), 0U), 3U);
  EXPECT_EQ(change.sum_us, 7000U);
}

TEST_F(EdgeCountersTest, TheHeartbeatStaysSmall) {
  start();
  for (int ms = 0; ms <= 2000; ms += 50) tick(ms);  // all replicas are silent by now
  EXPECT_TRUE(own->silent);
  EXPECT_LT(msg::encoded(*own).size(), 4096U);
}

TEST_F(EdgeCountersTest, OfLeases) {
  hear_all(0);
  tick(0);
  lookup(1, 1, 1);
  EXPECT_EQ(told(60, {"parked", "leases_begun"}), (Values{1, 0}));
  grant(61);
  EXPECT_EQ(told(120, {"parked", "leases_begun"}), (Values{1, 1}));
  grant(121);  // the edge has a lease already
  EXPECT_EQ(told(180, {"leases_begun"}), (Values{1}));
}

TEST_F(EdgeCountersTest, OfResends) {
  start();
  buy(1, "k", 1);
  refuse(0, msg::Code::kNotWriter, 0, 2);
  EXPECT_EQ(told(60, {"not_writer"}), (Values{1}));
  tick(400);
  EXPECT_GE(counter("sent_again"), 1U);
}

// --- brokers ---

TEST_F(EdgeTest, FollowsABrokerThatIsAnnounced) {
  start();
  auto other = stream.beat();
  other.instance = "broker-2";
  other.tcp = "tcp://broker-2:7400";
  other.leader.reset();
  edge->on_published("A", msg::encoded(other), {at(1), out});
  collect(1);
  EXPECT_THAT(followed, testing::ElementsAre("tcp://broker-2:7400"));
}

}  // namespace
}  // namespace edge_test
