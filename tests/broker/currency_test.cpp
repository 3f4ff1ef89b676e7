// The currency of a store: the first event has it, the leader tells it, and another one is refused.
#include <gmock/gmock.h>

#include "tests/broker/cluster_fixture.h"
#include "tests/broker/driver.h"

namespace broker {
namespace {

const msg::Currency kEuro{"EUR", 2};
const msg::Currency kYen{"JPY", 0};

class CurrencyTest : public testing::Test {
 protected:
  void create(const std::optional<msg::Currency>& currency) {
    broker.config.currency = currency;
    broker.open();
    broker.tick();
    broker.commit();
  }
  std::optional<msg::Currency> told() { return broker.heartbeat().leader->currency; }
  Driver broker;
};

TEST_F(CurrencyTest, OfANewStoreIsInItsFirstEventAndInEveryHeartbeat) {
  create(kYen);
  const auto block = broker.journal.block(1);
  const auto events = msg::decode_events(block.events.bytes, block.count).value();
  EXPECT_EQ(std::get<msg::StoreCreated>(events.at(0).what).currency, kYen);
  EXPECT_EQ(broker.control().currency, kYen);
  EXPECT_EQ(told(), kYen);
}

TEST_F(CurrencyTest, StaysWhateverTheBrokerIsStartedWith) {
  create(kYen);
  broker.config.currency.reset();
  broker.reopen();
  EXPECT_EQ(broker.core->currency(), kYen);
  EXPECT_EQ(told(), kYen);
}

TEST_F(CurrencyTest, OfAStoreWithoutOneIsNotInvented) {
  create({});
  broker.config.currency = kEuro;
  broker.reopen();
  EXPECT_EQ(broker.core->currency(), std::nullopt);
  EXPECT_EQ(told(), std::nullopt);
}

TEST_F(CurrencyTest, IsNotKnownIfTheStreamCannotBeReadAndTheBrokerStarts) {
  create(kYen);
  broker.journal.forget_currency();
  broker.journal.unreadable = true;
  broker.config.currency.reset();
  broker.reopen();
  EXPECT_EQ(told(), std::nullopt);
}

TEST_F(CurrencyTest, IsFoundInTheStreamAfterABrokerThatDidNotKnowIt) {
  broker.config.currency = kYen;
  broker.open();
  broker.with_writer();
  broker.journal.forget_currency();
  broker.reopen();
  EXPECT_EQ(told(), kYen);
  broker.write(1);
  broker.lease("frontend-1", 1);  // a holder joins, so the control record is written
  broker.pass(1000);
  broker.lease("frontend-1", 1);
  broker.commit_all();
  EXPECT_EQ(broker.control().currency, kYen);
}

TEST(WrongCurrency, IsAnotherOneThanThatOfTheStore) {
  EXPECT_EQ(wrong_currency({}, kEuro), std::nullopt);
  EXPECT_EQ(wrong_currency(kEuro, kEuro), std::nullopt);
  EXPECT_THAT(wrong_currency(kEuro, kYen).value(), testing::HasSubstr("the currency of this store is JPY"));
  EXPECT_THAT(wrong_currency(kEuro, {}).value(), testing::HasSubstr("created without a currency"));
  EXPECT_TRUE(wrong_currency(msg::Currency{"EUR", 3}, kEuro)) << "the same code with other decimals";
}

class ClusterCurrencyTest : public ClusterCoreTest {};

TEST_F(ClusterCurrencyTest, ABrokerThatWasStartedWithAnotherDoesNotLead) {
  ClusterConfig config;
  config.broker.identity.instance = "broker-2";
  config.broker.new_store = "store-a";
  config.broker.currency = kEuro;
  core = std::make_unique<ClusterCore>(config, archive, journal, now);
  tell_blocks(1, 2);
  auto tail = tail_at(2);
  tail.control.currency = kYen;
  tell(TakenOver{tail});
  ASSERT_TRUE(out.stopped());
  EXPECT_THAT(*out.stopped(), testing::HasSubstr("--currency EUR"));
  EXPECT_FALSE(journal.in_flight) << "and writes nothing";
}

}  // namespace
}  // namespace broker
