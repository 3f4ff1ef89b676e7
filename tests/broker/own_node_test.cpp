// The leader prefers a writer in its own process, if that one is level (DESIGN 12).
#include <gtest/gtest.h>

#include "tests/broker/driver.h"

namespace broker {
namespace {

class OwnNodeTest : public testing::Test {
 protected:
  OwnNodeTest() {
    broker.config.identity.host = "here";
    broker.config.identity.pid = 7;
    broker.open();
    broker.tick();
    broker.commit();
  }
  std::string chosen_of(const std::vector<Beat>& beats) {
    for (const auto& beat : beats) broker.beat(beat);
    broker.tick();
    broker.commit();
    return broker.control().writer;
  }

  Driver broker;
  const Beat elsewhere{.instance = "order-1", .host = "here", .pid = 8};
  const Beat beside{.instance = "order-2", .host = "here", .pid = 7};
};

TEST_F(OwnNodeTest, OfLevelReplicasTheOneInTheBrokersProcessIsTheWriter) {
  EXPECT_EQ(chosen_of({elsewhere, beside}), "order-2");
}

TEST_F(OwnNodeTest, OneThatHasAppliedMoreIsPreferredToIt) {
  auto behind = beside;
  behind.applied = 0;
  EXPECT_EQ(chosen_of({elsewhere, behind}), "order-1");
}

TEST_F(OwnNodeTest, TheSamePidOnAnotherHostIsAnotherProcess) {
  auto far = beside;
  far.host = "there";
  EXPECT_EQ(chosen_of({elsewhere, far}), "order-1");
}

TEST_F(OwnNodeTest, AWriterThatServesIsNotReplacedByIt) {
  EXPECT_EQ(chosen_of({elsewhere}), "order-1");
  for (int i = 0; i < 10; ++i) {
    broker.beat(elsewhere);
    broker.beat(beside);
    broker.pass(50);
  }
  EXPECT_FALSE(broker.journal.in_flight());
  EXPECT_EQ(broker.control().writer, "order-1");
}

}  // namespace
}  // namespace broker
