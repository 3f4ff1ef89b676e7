// The endpoints that are derived from a broker's first one.
#include <gtest/gtest.h>

#include <stdexcept>

#include "net/loop.h"

namespace {

TEST(EndpointTest, TheBrokersOtherEndpointsAreDerivedFromItsFirst) {
  EXPECT_EQ(net::publish_endpoint("tcp://127.0.0.1:7400"), "tcp://127.0.0.1:7401");
  EXPECT_EQ(net::heartbeat_endpoint("tcp://[::1]:7400"), "tcp://[::1]:7402");
  EXPECT_EQ(net::publish_endpoint("ipc:///run/b"), "ipc:///run/b-pub");
  EXPECT_EQ(net::heartbeat_endpoint("ipc:///run/b"), "ipc:///run/b-beat");
}

TEST(EndpointTest, AllThreeArePorts) {
  EXPECT_EQ(net::publish_endpoint("tcp://host:1"), "tcp://host:2");
  EXPECT_EQ(net::heartbeat_endpoint("tcp://host:65533"), "tcp://host:65535");
  EXPECT_THROW(net::heartbeat_endpoint("tcp://host:65534"), std::runtime_error);
}

TEST(EndpointTest, OtherTextsAreRefused) {
  for (const auto* none : {"", "nonsense", "udp://host:7400", "tcp://host", "tcp://host:", "tcp://host:0",
                           "tcp://host:-1", "tcp://host:74x", "tcp://host:99999", "tcp://host:99999999999"}) {
    EXPECT_THROW(net::publish_endpoint(none), std::runtime_error) << none;
    EXPECT_THROW(net::heartbeat_endpoint(none), std::runtime_error) << none;
  }
}

}  // namespace
