// A store under one fault, told by hand. What the checkers of the Cluster find ends every test.
#include "tests/sim/world_fixture.h"

namespace sim {
namespace {

using base::ItemId;
using base::Quantity;

class ClusterTest : public testing::Test {
 protected:
  ClusterTest() {
    base::log::start(base::log::Level::kOff, "sim");
    cluster.start_all();
    EXPECT_FALSE(ask("client-1", Workload::first_items()).refusal);
    run_until_level();
  }
  ~ClusterTest() override {
    cluster.judge().look_once_more();
    if (world.verdict()) ADD_FAILURE() << *world.verdict();
  }

  // Asks, and lets time pass until the answer is there.
  client::Answer ask(const std::string& client, Request request, client::Options options = {}) {
    std::optional<client::Answer> answer;
    cluster.ask(client, std::move(request), options, [&](const client::Answer& given) { answer = given; });
    EXPECT_TRUE(world.run_until([&] { return answer.has_value(); }, 20s));
    return answer.value_or(client::Answer{});
  }
  static msg::PlaceOrder buying(const std::string& key, std::uint64_t item, std::int64_t pieces) {
    return {.key = key, .lines = {{ItemId(item), Quantity(pieces), {}}}};
  }
  std::optional<msg::Order> buy(const std::string& client, std::uint64_t item, std::int64_t pieces) {
    const auto answer = ask(client, buying(fmt::format("bought-{}", ++keys), item, pieces));
    const auto reply = msg::decode<msg::OrderReply>(answer.body);
    return answer.refusal || !reply ? std::nullopt : std::optional(reply->order);
  }
  std::int64_t stock(const std::string& client, std::uint64_t item, bool fresh = false) {
    const auto answer = ask(client, msg::Lookup{.item = ItemId(item)}, {.fresh = fresh});
    const auto reply = msg::decode<msg::ItemReply>(answer.body);
    return reply ? reply->item.stock.value() : -1;
  }
  void pass(Duration time) { world.run_until(world.now() + time); }
  void run_until_level() {
    EXPECT_TRUE(world.run_until([&] { return cluster.level(); }, 10s));
  }

  World world{1};
  Cluster cluster{world};
  int keys = 0;
};

TEST_F(ClusterTest, AcknowledgedOrderSurvivesWriterLoss) {
  const auto order = buy("client-1", 1, 2);
  ASSERT_TRUE(order);
  const auto writer = cluster.writer();
  cluster.kill(writer);
  EXPECT_TRUE(buy("client-1", 1, 1));
  EXPECT_NE(cluster.writer(), writer);
  cluster.start(writer);
  run_until_level();
  EXPECT_TRUE(cluster.every_replica_has(*order));
}

TEST_F(ClusterTest, AcknowledgedOrderSurvivesBrokerLoss) {
  const auto order = buy("client-1", 1, 2);
  ASSERT_TRUE(order);
  cluster.kill("broker-1");
  pass(700ms);
  cluster.start("broker-1");
  EXPECT_TRUE(buy("client-2", 1, 1));
  run_until_level();
  EXPECT_TRUE(cluster.every_replica_has(*order));
}

TEST_F(ClusterTest, WriteIsSeenThroughEveryFrontendAtOnce) {
  for (int pieces = 1; pieces <= 10; ++pieces) {
    EXPECT_EQ(stock("client-1", 1), 31 - pieces);  // fills the cache
    EXPECT_EQ(stock("client-2", 1), 31 - pieces);
    ASSERT_TRUE(buy("client-1", 1, 1));
    EXPECT_EQ(stock("client-2", 1), 30 - pieces);
  }
}

TEST_F(ClusterTest, PausedFrontendAnswersNothingStale) {
  EXPECT_EQ(stock("client-2", 1), 30);
  cluster.node(cluster.frontend_of("client-2")).pause(2s);
  pass(10ms);
  const auto asked = world.now();
  ASSERT_TRUE(buy("client-1", 1, 3));
  EXPECT_LT(world.now() - asked, 700ms);  // waits for the lease of the other, not for the pause
  EXPECT_EQ(stock("client-2", 1), 27);
}

TEST_F(ClusterTest, RetriedKeyTakesEffectOnce) {
  const auto first = ask("client-1", buying("k", 1, 2));
  cluster.kill(cluster.writer());
  const auto again = ask("client-2", buying("k", 1, 2));
  EXPECT_EQ(first.body, again.body);
  const auto other = ask("client-2", buying("k", 1, 3));
  ASSERT_TRUE(other.refusal);
  EXPECT_EQ(other.refusal->code, msg::Code::kKeyReused);
  EXPECT_EQ(stock("client-1", 1), 28);
}

TEST_F(ClusterTest, OutcomeOfAnUnknownKeyVoidsIt) {
  ask("client-1", msg::Outcome{"late"});
  const auto late = ask("client-2", buying("late", 1, 1));
  ASSERT_TRUE(late.refusal);
  EXPECT_EQ(late.refusal->code, msg::Code::kKeyVoided);
}

TEST_F(ClusterTest, BuyersOfTheLastPiecesGetExactlyThose) {
  int bought = 0;
  int refused = 0;
  for (int i = 0; i < 50; ++i) {
    const auto client = cluster.clients()[static_cast<std::size_t>(i) % cluster.clients().size()];
    cluster.ask(client, buying(fmt::format("last-{}", i), 1, 1), {},
                [&](const client::Answer& answer) { ++(answer.refusal ? refused : bought); });
  }
  EXPECT_TRUE(world.run_until([&] { return bought + refused == 50; }, 10s));
  EXPECT_EQ(bought, 30);
  EXPECT_EQ(stock("client-1", 1), 0);
}

TEST_F(ClusterTest, StoppedWriterHandsOver) {
  const auto writer = cluster.writer();
  cluster.stop(writer);
  const auto asked = world.now();
  EXPECT_TRUE(buy("client-1", 1, 1));
  EXPECT_LT(world.now() - asked, 300ms);
  EXPECT_NE(cluster.writer(), writer);
}

TEST_F(ClusterTest, ReplicaWithoutADiskIsBuiltAnew) {
  const auto order = buy("client-1", 1, 2);
  ASSERT_TRUE(order);
  for (const std::string name : {"order-2", "catalog-1"}) {
    cluster.kill(name);
    cluster.wipe(name);
    cluster.start(name);
  }
  run_until_level();
  EXPECT_TRUE(cluster.every_replica_has(*order));
}

TEST_F(ClusterTest, WithoutABrokerAReadIsRefusedAndAStaleOneIsMarked) {
  EXPECT_EQ(stock("client-1", 1), 30);
  cluster.kill("broker-1");
  pass(1s);
  const auto exact = ask("client-1", msg::Lookup{.item = ItemId(1)}, {.timeout = 1s});
  ASSERT_TRUE(exact.refusal);
  EXPECT_EQ(exact.refusal->code, msg::Code::kUnavailable);
  const auto stale = ask("client-1", msg::Lookup{.item = ItemId(1)}, {.stale_ok_ms = 60'000});
  EXPECT_FALSE(stale.refusal);
  EXPECT_TRUE(stale.header.stale_ms);
  cluster.start("broker-1");
  EXPECT_EQ(stock("client-1", 1), 30);
}

}  // namespace
}  // namespace sim
