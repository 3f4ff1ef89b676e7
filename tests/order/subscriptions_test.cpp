// Subscriptions at the writer and in the reads of an order replica: their answers, their ends, also after an
// appointment, and who may have them.
#include <map>

#include "tests/order/core_fixture.h"
#include "tests/order/writer_fixture.h"

namespace order {
namespace {

class SubscriptionTest : public WriterTest {
 protected:
  // Subscription `a` is made at seq 3, and has the cursor 0; it is dropped at `expires`.
  SubscriptionTest() {
    when(subscribe("given-a", "a", 1, 5000));
    commit();
    answers(out);
    expires = now.wall + 5000;
  }
  void at(std::int64_t time) {
    now.mono += std::chrono::milliseconds(time - now.wall);
    now.wall = time;
  }

  std::int64_t expires = 0;
};

TEST_F(SubscriptionTest, IsAnsweredOnceItIsCommitted) {
  when(subscribe("s", "b"));
  settle();
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre("1: 4: b 4 @4"));
  when(acknowledge("k", "a", 4));
  commit();
  EXPECT_THAT(then(), ElementsAre("2: 5: a 4 @5"));
  when(unsubscribe("u", "b"));
  commit();
  EXPECT_THAT(then(), ElementsAre("3: noted 6 @6"));  // without a subscription, the bytes are those of a note's answer
}

TEST_F(SubscriptionTest, ARepeatedRequestIsAnsweredWithTheSubscriptionAsItIsNow) {
  when(acknowledge("k", "a", 3));
  commit();
  then();
  when(subscribe("given-a", "a", 1, 5000));
  when(acknowledge("k", "a", 3));
  when(outcome("k"));
  EXPECT_THAT(then(), ElementsAre("0: 3: a 3 @4", "2: 4: a 3 @4", "3: outcome change @4"));
}

TEST_F(SubscriptionTest, ARepeatedRequestDoesNotShowALaterSubscriptionOfThatName) {
  when(unsubscribe("u", "a"));
  commit();
  when(subscribe("again", "a"));
  commit();
  then();
  when(subscribe("given-a", "a", 1, 5000));
  when(unsubscribe("u", "a"));
  when(subscribe("again", "a"));
  EXPECT_THAT(then(), ElementsAre("0: noted 3 @5", "3: noted 4 @5", "4: 5: a 5 @5"));
}

TEST_F(SubscriptionTest, ACommandWaitsForTheSubscriptionThatItNames) {
  when(subscribe("s", "b"));
  when(acknowledge("k", "b", 3));
  EXPECT_THAT(then(), IsEmpty());
  commit();
  EXPECT_THAT(then(), ElementsAre("1: 4: b 4 @4", "2: limit @4"));  // its cursor is 4 already
}

TEST_F(SubscriptionTest, IsDroppedWhenItsTimeIsOverAlthoughNobodyAsks) {
  at(expires - 1);
  writer.on_tick({now, out});
  commit();
  EXPECT_TRUE(subscriptions.find("a"));
  at(expires);
  writer.on_tick({now, out});
  commit();
  EXPECT_FALSE(subscriptions.find("a"));
  EXPECT_EQ(writer.counters().dropped, 1U);
  EXPECT_EQ(writer.counters().expired, 0U);
}

TEST_F(SubscriptionTest, ADecisionComesAfterItsEnd) {
  at(expires);
  when(acknowledge("k", "a", 3));
  when(buy("b", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: unknown_subscription @4", "2: order 1 @5"));
}

TEST_F(SubscriptionTest, ANewWriterEndsItBeforeItsFirstDecision) {
  at(expires);
  appoint("order-2");
  appoint();
  when(buy("b", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: order 1 @7"));
  EXPECT_FALSE(subscriptions.find("a"));
}

TEST_F(SubscriptionTest, ANewWriterKnowsThoseOfItsPredecessor) {
  appoint("order-2");
  evolve({now.wall, msg::SubscriptionMade{"other", 0, "b", {}, {}, 5000, {}}});
  appoint();
  when(acknowledge("k1", "b", 5));
  when(acknowledge("k2", "b", 6));
  commit();
  EXPECT_THAT(then(), ElementsAre("1: 7: b 5 @7", "2: limit @7"));
}

class SubscriptionReads : public CoreTest {
 protected:
  // Item 1 was added at seq 3; the subscriptions have the seqs 5 and 6.
  SubscriptionReads() {
    ask(subscribe("s1", "stock", 1));
    ask(subscribe("s2", "all"));
    commit();
    then();
  }
  Seq grant(char letter, msg::ClientRole role, std::optional<std::string> customer = {}) {
    ask(msg::Grant{.key = fmt::format("given-{}", letter),
                   .hash = {std::string(msg::kTokenHashBytes, letter)},
                   .role = role,
                   .customer = std::move(customer)});
    commit();
    then();
    return seq;
  }
};

TEST_F(SubscriptionReads, AreListedByName) {
  ask(msg::ListSubscriptions{});
  ask(msg::ListSubscriptions{"stock"});
  ask(msg::ListSubscriptions{"none"});
  ask(msg::ListSubscriptions{"no name"});
  EXPECT_THAT(then(), ElementsAre("3: subscriptions all 6 stock 0 of 6 @6", "4: subscriptions stock 0 of 6 @6",
                                  "5: unknown_subscription @6", "6: invalid @6"));
}

TEST_F(SubscriptionReads, AreAsBeforeAfterACrash) {
  tick(std::chrono::seconds(1));
  ask(acknowledge("k", "stock", 6));
  ask(unsubscribe("u", "all"));
  commit();
  crash();
  EXPECT_EQ(core->diverged(), std::nullopt);
  then();
  ask(msg::ListSubscriptions{});
  EXPECT_THAT(then(), ElementsAre("5: subscriptions stock 6 of 8 @8"));
}

TEST_F(SubscriptionReads, AreOpenedAgainFromTheStore) {
  ask(unsubscribe("u", "all"));
  commit();
  tick(std::chrono::seconds(1));
  ASSERT_GT(store.commits, 0);
  start();
  EXPECT_EQ(core->diverged(), std::nullopt);
  block({{now.wall, msg::KeyVoided{"later"}}});
  then();
  ask(msg::ListSubscriptions{});
  EXPECT_THAT(then(), ElementsAre("4: subscriptions stock 0 of 8 @8"));
}

TEST_F(SubscriptionReads, ARowThatIsChangedIsNoticedWhenTheViewIsOpened) {
  tick(std::chrono::seconds(1));
  store.damage([](MemoryStore::Data& data) { data.subscriptions.at("stock").cursor = Seq(1); });
  start();
  EXPECT_THAT(core->diverged().value_or(""), testing::HasSubstr("subscriptions: 2 rows have the digest"));
}

TEST_F(SubscriptionReads, ARowThatIsLostIsNoticedWhenTheViewIsOpened) {
  tick(std::chrono::seconds(1));
  store.damage([](MemoryStore::Data& data) { data.subscriptions.erase("stock"); });
  start();
  EXPECT_THAT(core->diverged().value_or(""), testing::HasSubstr("subscriptions: 1 rows have the digest"));
}

TEST_F(SubscriptionReads, HeartbeatsTellHowFarTheSlowestIsBehind) {
  ask(acknowledge("k", "stock", 4));
  ask(subscribe("s3", "short", {}, 1));
  commit();
  now.wall += 1;
  out.publications().clear();
  tick(milliseconds(100));
  commit();
  tick(milliseconds(1000));
  const auto beat = msg::decode<msg::Heartbeat>(out.publications().back().payload).value();
  std::map<std::string, std::uint64_t> counted;
  for (const auto& counter : beat.counters) counted[counter.name] = counter.value;
  EXPECT_EQ(counted["subscriptions"], 2U);
  EXPECT_EQ(counted["subscription_lag"], 9U - 4U - 1U) << "the last event ends `short`; its own event does not count";
  EXPECT_EQ(counted["subscriptions_dropped"], 1U);
}

TEST_F(SubscriptionReads, AreForTheStaff) {
  const auto clerk = grant('c', msg::ClientRole::kClerk);
  const auto buyer = grant('b', msg::ClientRole::kBuyer, "ann");
  for (const auto& [who, told] :
       {std::pair(clerk, "subscriptions all 6 stock 0 of 8 @8"), std::pair(buyer, "forbidden @8")}) {
    by = who;
    ask(msg::ListSubscriptions{});
    EXPECT_THAT(then(), ElementsAre(fmt::format("{}: {}", asked, told)));
  }
  by = buyer;
  ask(subscribe("s3", "mine"));
  ask(acknowledge("k", "stock", 6));
  ask(unsubscribe("u", "stock"));
  EXPECT_THAT(then(), ElementsAre("7: forbidden @8", "8: forbidden @8", "9: forbidden @8"));
  by = Seq(0);  // a buyer without a credential
  ask(msg::ListSubscriptions{});
  EXPECT_THAT(then(), ElementsAre("10: forbidden @8"));
}

}  // namespace
}  // namespace order
