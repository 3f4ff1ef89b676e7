// A store of which several cores are one process.
#include "tests/sim/store_fixture.h"

namespace sim {
namespace {

class NodesTest : public StoreTest {
 protected:
  NodesTest() : StoreTest(Shape{.nodes = 1}) {}
  std::vector<std::string> up() {
    std::vector<std::string> names;
    for (const auto& name : cluster.names()) {
      if (cluster.node(name).is_up()) names.push_back(name);
    }
    return names;
  }
  const std::vector<std::string> node{"broker-1", "catalog-1", "order-1", "frontend-1"};
  const std::vector<std::string> others{"catalog-2", "frontend-2", "order-2", "order-3"};
};

TEST_F(NodesTest, HaveTheFirstCoresOfEachRole) {
  EXPECT_EQ(cluster.cores_with("order-1"), node);
  EXPECT_EQ(cluster.cores_with("order-2"), std::vector<std::string>{"order-2"});
  EXPECT_EQ(cluster.cores_with("client-1"), std::vector<std::string>{"client-1"});
}

TEST_F(NodesTest, AreKilledAndStartedAsAWhole) {
  const auto order = buy("client-1", 1, 2);
  ASSERT_TRUE(order);
  cluster.kill("catalog-1");
  EXPECT_EQ(up(), others);
  cluster.start("order-1");
  EXPECT_EQ(up(), cluster.names());
  run_until_level();
  EXPECT_TRUE(cluster.every_replica_has(*order));
}

TEST_F(NodesTest, EndWithTheFirstCoreThatFails) {
  cluster.disk().sync_fails = true;
  cluster.ask("client-2", buying("k", 1, 1), {}, {});
  EXPECT_TRUE(world.run_until([&] { return !cluster.node("broker-1").is_up(); }, 5s));
  EXPECT_EQ(up(), others);
  EXPECT_EQ(times("node ended by one of its cores"), 3U);
  run_until_level();
  EXPECT_EQ(stock("client-2", 1), 29);
}

TEST_F(NodesTest, StopOneCoreAfterTheOtherAndStartAgain) {
  cluster.stop("catalog-1");
  for (auto core = node.rbegin(); core != node.rend(); ++core) {
    for (auto later = core + 1; later != node.rend(); ++later) EXPECT_TRUE(cluster.node(*later).is_up());
    EXPECT_TRUE(world.run_until([&] { return !cluster.node(*core).is_up(); }, 5s)) << *core;
  }
  EXPECT_EQ(up(), others);
  run_until_level();
}

TEST_F(NodesTest, ArePausedAsAWhole) {
  cluster.pause("frontend-1", 1s);
  for (const auto& name : cluster.names()) {
    EXPECT_EQ(cluster.node(name).is_paused(), std::count(node.begin(), node.end(), name) > 0) << name;
  }
}

TEST_F(NodesTest, MayBePausedWhileTheyStop) {
  cluster.stop("catalog-1");
  EXPECT_TRUE(world.run_until([&] { return !cluster.node("frontend-1").is_up(); }, 5s));
  cluster.pause("order-1", 1ms);
  run_until_level();
}

}  // namespace
}  // namespace sim
