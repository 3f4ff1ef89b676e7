// Two brokers on a shared journal: the second takes over, whatever the first does and knows.
#include "broker/core.h"
#include "tests/sim/store_fixture.h"

namespace sim {
namespace {

class TakeoverTest : public StoreTest {
 protected:
  TakeoverTest() : StoreTest(Shape{.shared = true}) {}
};

TEST_F(TakeoverTest, TheOldLeaderIsFencedAndNothingIsLost) {
  const auto order = buy("client-1", 1, 2);
  ASSERT_TRUE(order);
  cluster.take_over();
  EXPECT_EQ(cluster.leader(), "broker-2");
  EXPECT_TRUE(cluster.node("broker-1").is_up()) << "it does not know yet";
  EXPECT_TRUE(buy("client-1", 1, 1));
  pass(300ms);
  EXPECT_FALSE(cluster.node("broker-1").is_up());
  run_until_level();
  EXPECT_TRUE(cluster.every_replica_has(*order));
}

TEST_F(TakeoverTest, AnOldLeaderThatIsCutOffFromTheJournalGrantsNoLeasePastItsProof) {
  cluster.disk().unreachable.insert("broker-1");
  pass(1s);
  const auto answer = ask("client-1", msg::Lookup{.item = base::ItemId(1)}, {.timeout = 1s});
  ASSERT_TRUE(answer.refusal) << "it cannot know that it leads";
  EXPECT_EQ(answer.refusal->code, msg::Code::kUnavailable);
  cluster.take_over();
  EXPECT_EQ(stock("client-1", 1), 30);
}

TEST_F(TakeoverTest, WhatTheOldLeaderHadInFlightIsThereOnceOrNot) {
  for (int i = 1; i <= 12; ++i) {
    std::optional<client::Answer> answer;
    cluster.ask("client-1", buying(fmt::format("k{}", i), 1, 1), {},
                [&](const client::Answer& given) { answer = given; });
    pass(world.some(1ms, 8ms));
    cluster.take_over();
    EXPECT_TRUE(world.run_until([&] { return answer.has_value(); }, 10s));
    EXPECT_EQ(stock("client-2", 1), 30 - i);
    run_until_level();
  }
}

TEST_F(TakeoverTest, ANewLeaderLetsTheLeasesOfTheOldOneEnd) {
  const auto edge = cluster.frontend_of("client-2");
  EXPECT_EQ(stock("client-2", 1), 30);  // in its cache
  const auto cut = [&](const std::string& from, const std::string& to) {
    cluster.network().cut(cluster.node(from).number(), cluster.node(to).number(), Cut::kDrop);
  };
  cut("broker-2", edge);
  cut(edge, "broker-2");
  cluster.take_over();
  const auto asked = world.now();
  ASSERT_TRUE(buy("client-1", 1, 3));
  EXPECT_GT(world.now() - asked, 300ms) << "the other edge may still answer from its cache";
  cluster.network().heal_all();
  EXPECT_EQ(stock("client-2", 1), 27);
}

}  // namespace
}  // namespace sim
