#include "stream/brokers.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "base/log.h"
#include "msg/codec.h"
#include "msg/identity.h"

namespace {

using testing::ElementsAre;

class BrokersTest : public testing::Test {
 protected:
  BrokersTest() {
    beat.role = msg::Role::kBroker;
    beat.instance = "broker-2";
    beat.store = "store-a";
    beat.host = "there";
    beat.tcp = "tcp://there:7400";
  }
  auto announced(const std::string& store = "store-a") { return brokers.announced(msg::encoded(beat), store, "here"); }

  stream::Brokers brokers{{"tcp://broker:7400"}};
  msg::Heartbeat beat;
};

TEST_F(BrokersTest, OneThatWasNotKnownIsToldOnce) {
  EXPECT_EQ(announced(), "tcp://there:7400");
  EXPECT_EQ(announced(), std::nullopt);
  EXPECT_THAT(brokers.known(), ElementsAre("tcp://broker:7400", "tcp://there:7400"));
}

TEST_F(BrokersTest, OneThatWasKnownFromTheStartIsNotTold) {
  beat.tcp = "tcp://broker:7400";
  EXPECT_EQ(announced(), std::nullopt);
}

TEST_F(BrokersTest, OnThisHostItIsMetByIpc) {
  beat.ipc = "ipc:///run/broker-2.sock";
  EXPECT_EQ(announced(), "tcp://there:7400") << "another host needs tcp";
  beat.host = "here";
  beat.tcp = "tcp://here:7403";
  EXPECT_EQ(announced(), "ipc:///run/broker-2.sock");
}

TEST_F(BrokersTest, OneOfAnotherStoreIsNotOurs) {
  EXPECT_EQ(announced("store-b"), std::nullopt);
  EXPECT_TRUE(announced("")) << "without a store of its own it takes any broker";
}

TEST_F(BrokersTest, AProcessOtherThanABrokerIsNotTold) {
  beat.role = msg::Role::kOrder;
  EXPECT_EQ(announced(), std::nullopt);
  EXPECT_EQ(brokers.announced("nonsense", "store-a", "here"), std::nullopt);
}

TEST_F(BrokersTest, ThereIsABoundAndTheFirstBeyondItIsTold) {
  base::log::start(base::log::Level::kWarn, "test");
  testing::internal::CaptureStderr();
  for (int i = 0; i < 100; ++i) {
    beat.tcp = "tcp://there:" + std::to_string(7400 + i);
    (void)announced();
  }
  EXPECT_EQ(brokers.known().size(), stream::Brokers::kMax);
  const auto log = testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, testing::HasSubstr("tcp://there:7415 is not followed"));
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1) << log;
}

}  // namespace
