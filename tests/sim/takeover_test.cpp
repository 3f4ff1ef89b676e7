// Two brokers on a shared journal: the second takes over, whatever the first does and knows.
#include "broker/core.h"
#include "tests/sim/store_fixture.h"

namespace sim {
namespace {

class TakeoverTest : public StoreTest {
 protected:
  TakeoverTest() : StoreTest(Shape{.shared = true}) {
    if (cluster.leader() == "broker-2") take_over();
  }
  void take_over() {
    const auto before = cluster.leader();
    const auto taken = [&] { return cluster.leader() != before && cluster.leads(cluster.leader()); };
    // A standby that has just heard of the leader does not believe that it is gone.
    for (int i = 0; i < 20 && !taken(); ++i) {
      cluster.take_over();
      world.run_until(taken, 100ms);
    }
    EXPECT_TRUE(taken());
  }
};

TEST_F(TakeoverTest, AStandbyTakesOverWhenTheLeaderIsKilled) {
  cluster.kill("broker-1");
  const auto killed = world.now();
  EXPECT_TRUE(buy("client-1", 1, 2));
  EXPECT_LT(world.now() - killed, 1s);
  EXPECT_EQ(cluster.leader(), "broker-2");
  cluster.start("broker-1");
  run_until_level();
  EXPECT_EQ(cluster.leader(), "broker-2") << "a broker that comes back stands by";
}

TEST_F(TakeoverTest, ALiveLeaderIsNotReplaced) {
  pass(1s);  // the frontends join; an append of theirs that gets lost is a reason to take over
  const auto term = cluster.disk().lead.term;
  pass(60s);
  EXPECT_EQ(cluster.disk().lead.term, term);
}

TEST_F(TakeoverTest, ABrokerThatIsEmptyFetchesFromTheOtherWhatHasLeftTheJournal) {
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(buy("client-1", 2, 1));
  pass(2s);
  cluster.kill("broker-2");
  cluster.wipe("broker-2");
  ASSERT_TRUE(buy("client-1", 1, 1));
  cluster.start("broker-2");
  run_until_level();
  EXPECT_GE(times("journal: blocks had left it"), 1U);
  take_over();
  EXPECT_EQ(cluster.leader(), "broker-2");
  cluster.kill("order-1");
  cluster.wipe("order-1");
  cluster.start("order-1");
  run_until_level();
}

TEST_F(TakeoverTest, ABrokerWithAnArchiveOfAnotherHistoryIsRefusedAndFetchesItAnew) {
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(buy("client-1", 2, 1));
  pass(2s);
  const auto blocks = cluster.disk().rows.size();
  for (const auto& [keep, more] : {std::pair(blocks - 1, 0U), std::pair(blocks, 3U), std::pair(std::size_t(0), 0U)}) {
    const auto before = times("archive of another history refused");
    cluster.kill("broker-2");
    cluster.replace_archive("broker-2", keep, more);
    cluster.start("broker-2");
    pass(1s);
    EXPECT_EQ(times("archive of another history refused"), before + 1) << keep << " blocks of the stream";
    ASSERT_TRUE(buy("client-1", 2, 1));
    run_until_level();
  }
}

TEST_F(TakeoverTest, TheOldLeaderIsFencedAndNothingIsLost) {
  const auto order = buy("client-1", 1, 2);
  ASSERT_TRUE(order);
  take_over();
  EXPECT_TRUE(cluster.leads("broker-1")) << "it does not know yet";
  EXPECT_TRUE(buy("client-1", 1, 1));
  pass(300ms);
  EXPECT_FALSE(cluster.leads("broker-1"));
  run_until_level();
  EXPECT_TRUE(cluster.every_replica_has(*order));
}

TEST_F(TakeoverTest, AnOldLeaderThatIsCutOffFromTheJournalGrantsNoLeasePastItsProof) {
  cluster.disk().unreachable = {"broker-1", "broker-2"};
  pass(1s);
  const auto answer = ask("client-1", msg::Lookup{.item = base::ItemId(1)}, {.timeout = 1s});
  ASSERT_TRUE(answer.refusal) << "it cannot know that it leads";
  EXPECT_EQ(answer.refusal->code, msg::Code::kUnavailable);
  cluster.disk().unreachable = {"broker-1"};
  EXPECT_EQ(stock("client-1", 1), 30) << "from the one that takes over";
}

class GrowthTest : public StoreTest {
 protected:
  GrowthTest() : StoreTest(Shape{.shared = true, .first_broker_only = true}) {}
};

TEST_F(GrowthTest, ABrokerThatNoProcessWasToldOfIsFound) {
  cluster.kill("broker-1");
  const auto order = buy("client-1", 1, 2);
  ASSERT_TRUE(order);
  EXPECT_EQ(stock("client-2", 1), 28);
  EXPECT_EQ(cluster.leader(), "broker-2");
  cluster.kill("catalog-1");
  cluster.start("broker-1");
  pass(1s);
  cluster.start("catalog-1");
  run_until_level();
}

TEST_F(TakeoverTest, AnAppendThatTheOldLeaderHadInFlightIsThereOnceOrNot) {
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
  EXPECT_EQ(stock("client-2", 1), 30);  // the answer is then in its cache
  const auto cut = [&](const std::string& from, const std::string& to) {
    cluster.network().cut(cluster.node(from).number(), cluster.node(to).number(), Cut::kDrop);
  };
  cut("broker-2", edge);
  cut(edge, "broker-2");
  take_over();
  const auto asked = world.now();
  ASSERT_TRUE(buy("client-1", 1, 3));
  EXPECT_GT(world.now() - asked, 300ms) << "the other edge may still answer from its cache";
  cluster.network().heal_all();
  EXPECT_EQ(stock("client-2", 1), 27);
}

}  // namespace
}  // namespace sim
