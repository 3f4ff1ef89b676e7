// A store under one fault that the test causes. Anything that the Cluster's checkers find fails the test.
#include "order/core.h"
#include "tests/sim/store_fixture.h"

namespace sim {
namespace {

using base::ItemId;

class ClusterTest : public StoreTest {};

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
    EXPECT_EQ(stock("client-1", 1), 31 - pieces);  // fills the frontend's cache
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
  EXPECT_LT(world.now() - asked, 700ms);  // it waits for the other frontend's lease to end, not for the pause to end
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

TEST_F(ClusterTest, AVanishedClientsWriteHasADefiniteOutcome) {
  cluster.ask("client-1", buying("mine", 1, 2), {}, [](const client::Answer&) { FAIL() << "the client has crashed"; });
  pass(3ms);
  cluster.kill("client-1");
  EXPECT_EQ(cluster.under_way(), 0U);
  const auto answer = ask("client-2", msg::Outcome{"mine"});
  const auto outcome = msg::decode<msg::OutcomeReply>(answer.body);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(stock("client-2", 1), outcome->outcome == msg::OutcomeKind::kOrder ? 28 : 30);
}

// The broker accepts an appointment and dies before it is durable. So the writer was told that it is deposed, and is
// the writer again.
TEST_F(ClusterTest, AWriterThatWasFencedByALostAppointmentGoesOnInALaterTerm) {
  const auto writer = cluster.writer();
  cluster.disk().stalled_until = world.now() + 10s;
  cluster.ask("client-2", buying("in-flight", 2, 1), {}, {});  // the appointment queues behind it
  pass(30ms);
  cluster.node(writer).pause(350ms);  // longer than writer_timeout, so another writer is appointed
  pass(400ms);
  std::optional<client::Answer> answer;
  cluster.ask("client-1", buying("k", 1, 2), {}, [&](const client::Answer& given) { answer = given; });
  pass(200ms);
  EXPECT_FALSE(static_cast<order::Core&>(cluster.node(writer).core()).is_writer()) << "it is fenced";
  cluster.disk().stalled_until = {};
  cluster.kill("broker-1");
  cluster.start("broker-1");
  EXPECT_TRUE(world.run_until([&] { return answer.has_value(); }, 5s));
  EXPECT_FALSE(answer->refusal);
  EXPECT_EQ(cluster.writer(), writer);
  pass(1100ms);  // long enough for a heartbeat with counters
  EXPECT_EQ(cluster.counter(writer, "writer_fenced"), 1U);
  EXPECT_EQ(cluster.counter(writer, "writer_resumed"), 1U);
  EXPECT_EQ(stock("client-2", 1), 28);
}

TEST_F(ClusterTest, WhileTheBrokersDiskIsFullReadsGoOnAndWritesWait) {
  cluster.disk().full = true;
  std::optional<client::Answer> answer;
  cluster.ask("client-1", buying("k", 1, 2), {}, [&](const client::Answer& given) { answer = given; });
  pass(2s);
  EXPECT_FALSE(answer);
  EXPECT_EQ(stock("client-2", 1), 30);
  EXPECT_EQ(times("broker ended by its disk"), 0U);
  cluster.disk().full = false;
  EXPECT_TRUE(world.run_until([&] { return answer.has_value(); }, 5s));
  EXPECT_FALSE(answer->refusal);
  EXPECT_EQ(stock("client-2", 1), 28);
}

TEST_F(ClusterTest, ABrokerWithoutQuotaStopsAndGoesOnWhenThereIsRoom) {
  cluster.disk().full = true;
  cluster.disk().full_is_told = false;
  std::optional<client::Answer> answer;
  cluster.ask("client-1", buying("k", 1, 2), {}, [&](const client::Answer& given) { answer = given; });
  pass(2s);
  EXPECT_FALSE(answer);
  EXPECT_GT(times("broker ended by its disk"), 5U);  // it was started again in vain
  cluster.disk().full = false;
  EXPECT_TRUE(world.run_until([&] { return answer.has_value(); }, 5s));
  EXPECT_FALSE(answer->refusal);
}

TEST_F(ClusterTest, ADamagedBlockIsNeitherServedNorCutOff) {
  for (int i = 0; i < 80; ++i) ASSERT_TRUE(buy("client-1", 2, 1));
  auto& damaged = cluster.disk().damage[1] = cluster.disk().rows[1].bytes;
  damaged[50] ^= 1;
  cluster.kill("broker-1");
  cluster.kill("catalog-1");
  cluster.wipe("catalog-1");
  cluster.start("broker-1");
  cluster.start("catalog-1");
  pass(2s);
  EXPECT_FALSE(cluster.level());
  EXPECT_GT(times("damaged block read by a follower"), 0U);
  EXPECT_EQ(stock("client-1", 2), 920);  // from the other replica
  cluster.disk().damage.clear();
  run_until_level();
}

TEST_F(ClusterTest, AnOrderThatIsLostInAViewIsToldByAnotherOne) {
  std::vector<msg::Order> orders;
  for (int i = 0; i < 5; ++i) orders.push_back(buy("client-1", 1, 1).value());
  run_until_level();
  pass(500ms);  // long enough for the views to commit
  const auto loser = cluster.writer() == "order-1" ? "order-2" : "order-1";
  cluster.lose_order(loser, base::OrderNo(3));
  for (int times = 0; times < 6; ++times) {
    const auto answer = ask("client-2", msg::GetOrder{base::OrderNo(3)});
    ASSERT_FALSE(answer.refusal) << answer.refusal->message;
    EXPECT_EQ(msg::decode<msg::OrderReply>(answer.body)->order, orders[2]);
  }
  EXPECT_EQ(cluster.diverged(loser), "orders: order 3 of 5 is not there");
}

TEST_F(ClusterTest, AWriterThatFindsAHoleIsReplaced) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(buy("client-1", 1, 1));
  run_until_level();
  pass(500ms);
  const auto writer = cluster.writer();
  cluster.lose_order(writer, base::OrderNo(3));
  pass(1500ms);
  EXPECT_EQ(times("view made anew by its process"), 1U);
  const auto order = buy("client-2", 1, 1);
  ASSERT_TRUE(order);
  EXPECT_EQ(order->no, base::OrderNo(6));
  EXPECT_NE(cluster.writer(), writer);
  run_until_level();
  EXPECT_EQ(cluster.wrong_row(), std::nullopt);
}

}  // namespace
}  // namespace sim
