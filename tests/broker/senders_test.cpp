// In a store with keys: a message counts only if its sender's key allows it. Each test first shows that the
// message has its effect when it comes from its own sender.
#include <gmock/gmock.h>

#include "tests/broker/driver.h"

namespace broker {
namespace {

using base::KeyRole;
using base::Sender;

class SendersTest : public testing::Test {
 protected:
  SendersTest() { broker.with_writer(); }  // order-1

  template <class Request>
  std::string ask_as(const Sender& who, const Request& request) {
    broker.replies.clear();
    broker.sender = &who;
    broker.ask(request);
    broker.sender = nullptr;
    broker.commit_all();
    return broker.replies.empty() ? "" : broker.reply().err();
  }
  void beat_as(const Sender& who, const Beat& beat) {
    broker.sender = &who;
    broker.beat(beat);
    broker.sender = nullptr;
  }
  std::string announce_as(const Sender& who, const std::string& instance) {
    broker.published.clear();
    const auto err = ask_as(
        who,
        msg::Announce{{msg::encoded(Beat{.instance = instance, .role = msg::Role::kBroker, .store = ""}.heartbeat())}});
    return broker.topic("A").empty() ? "nothing " + err : "relayed";
  }

  Driver broker;
  const Sender order_1{KeyRole::kOrder, "order-1"};
  const Sender order_2{KeyRole::kOrder, "order-2"};
  const Sender catalog_1{KeyRole::kCatalog, "catalog-1"};
  const Sender frontend_1{KeyRole::kFrontend, "frontend-1"};
  const Sender frontend_2{KeyRole::kFrontend, "frontend-2"};
  const Sender bridge_1{KeyRole::kBridge, "bridge-1"};
  const Sender broker_2{KeyRole::kBroker, "broker-2"};
  const Sender boss{KeyRole::kOperator, "operator"};
  const Sender ann{KeyRole::kClient, "ann"};
};

TEST_F(SendersTest, OnlyTheWriterAppends) {
  const auto append = append_of(broker.epoch(), 1);
  const auto end = broker.core->commit_seq();
  for (const auto* who : {&catalog_1, &frontend_1, &bridge_1, &broker_2, &boss, &ann, &order_2}) {
    EXPECT_EQ(ask_as(*who, append), "forbidden") << who->name;
  }
  EXPECT_EQ(broker.core->commit_seq(), end);
  EXPECT_EQ(ask_as(order_1, append), "");
  EXPECT_EQ(broker.core->commit_seq(), end.next());
  EXPECT_EQ(broker.counter("refused_forbidden"), 7U);
}

TEST_F(SendersTest, ADeposedWriterIsFencedAndNotForbidden) {
  EXPECT_EQ(ask_as(order_2, append_of(Epoch(1), 1)), "fenced");
}

TEST_F(SendersTest, AnEdgeLeasesInItsOwnNameAlone) {
  const msg::LeaseRequest lease{"frontend-1", Incarnation(1), Seq(2), {}};
  for (const auto* who : {&order_1, &catalog_1, &broker_2, &boss, &ann, &frontend_2, &bridge_1}) {
    EXPECT_EQ(ask_as(*who, lease), "forbidden") << who->name;
  }
  EXPECT_EQ(broker.heartbeat().leader->holders, 0U);
  EXPECT_EQ(ask_as(frontend_1, lease), "");
  EXPECT_EQ(ask_as(bridge_1, msg::LeaseRequest{"bridge-1", Incarnation(1), Seq(2), {}}), "");
  EXPECT_EQ(broker.heartbeat().leader->holders, 2U);
}

TEST_F(SendersTest, NobodyElseReleasesALeaseOrAcknowledgesForItsHolder) {
  ask_as(frontend_1, msg::LeaseRequest{"frontend-1", Incarnation(1), Seq(2), {}});
  ask_as(order_1, append_of(broker.epoch(), 1));
  const auto mark = broker.core->mark();
  EXPECT_LT(mark, broker.core->commit_seq()) << "the watermark waits for frontend-1";
  const auto end = broker.core->commit_seq();
  EXPECT_EQ(ask_as(frontend_2, msg::LeaseRequest{"frontend-1", Incarnation(1), Seq(2), true}), "forbidden");
  EXPECT_EQ(ask_as(frontend_2, msg::Ack{"frontend-1", Incarnation(1), end}), "forbidden");
  broker.tick();
  EXPECT_EQ(broker.core->mark(), mark);
  EXPECT_EQ(ask_as(frontend_1, msg::Ack{"frontend-1", Incarnation(1), end}), "");
  broker.tick();
  EXPECT_EQ(broker.core->mark(), end);
}

TEST_F(SendersTest, OnlyTheWriterResigns) {
  broker.beat({.instance = "order-2", .applied = 2});
  const msg::Resign resign{"order-1", broker.epoch()};
  for (const auto* who : {&order_2, &frontend_1, &boss}) EXPECT_EQ(ask_as(*who, resign), "forbidden") << who->name;
  EXPECT_EQ(broker.counter("resigns"), 0U);
  EXPECT_EQ(ask_as(order_1, resign), "");
  EXPECT_EQ(broker.counter("resigns"), 1U);
}

TEST_F(SendersTest, OnlyAnOperatorTrims) {
  const msg::Trim trim{.store = "store-a", .before = Seq(1), .dry = true};
  for (const auto* who : {&order_1, &broker_2, &frontend_1, &ann})
    EXPECT_EQ(ask_as(*who, trim), "forbidden") << who->name;
  EXPECT_EQ(ask_as(boss, trim), "invalid") << "the views still need the events";
}

TEST_F(SendersTest, MembersAndOperatorsReplay) {
  const msg::Replay replay{Seq(1), {}, 1000};
  EXPECT_EQ(ask_as(ann, replay), "forbidden");
  for (const auto* who : {&order_1, &catalog_1, &frontend_1, &broker_2, &boss}) EXPECT_EQ(ask_as(*who, replay), "");
}

TEST_F(SendersTest, ABrokerAnnouncesItselfAlone) {
  EXPECT_EQ(announce_as(order_1, "order-1"), "nothing forbidden");
  EXPECT_EQ(announce_as(broker_2, "broker-3"), "nothing ");
  EXPECT_EQ(announce_as(broker_2, "broker-2"), "relayed");
  EXPECT_EQ(broker.counter("heartbeats_forged"), 1U);
}

TEST_F(SendersTest, AHeartbeatSpeaksForItsSenderAlone) {
  const auto writer = [&] {
    broker.pass(1000);  // order-1 is silent
    broker.commit_all();
    return broker.control().writer;
  };
  const Beat two{.instance = "order-2", .applied = 2};
  for (const auto* who : {&order_1, &catalog_1, &ann}) beat_as(*who, two);
  EXPECT_EQ(writer(), "order-1") << "nobody else is known";
  beat_as(order_2, two);
  EXPECT_EQ(writer(), "order-2");
}

TEST_F(SendersTest, AHeartbeatHasTheRoleOfItsSender) {
  beat_as(catalog_1, {.instance = "catalog-1", .applied = 2, .role = msg::Role::kOrder});
  beat_as(order_2, {.instance = "order-2", .applied = 2, .role = msg::Role::kFrontend});
  EXPECT_EQ(broker.counter("heartbeats_forged"), 2U);
  beat_as(bridge_1, {.instance = "bridge-1", .applied = 2, .role = msg::Role::kFrontend});
  beat_as(catalog_1, {.instance = "catalog-1", .applied = 2, .role = msg::Role::kCatalog});
  EXPECT_EQ(broker.counter("heartbeats_forged"), 2U);
}

}  // namespace
}  // namespace broker
