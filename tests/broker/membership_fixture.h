// A broker that hears the heartbeats of replicas.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/broker/driver.h"

namespace broker {

class MembershipTest : public testing::Test {
 protected:
  // Time passes while these replicas publish heartbeats; everything decided is committed.
  void beating(std::vector<Beat> beats, int ms) {
    for (int passed = 0; passed < ms; passed += 50) {
      for (auto& beat : beats) {
        broker.beat(beat);
        if (broker.journal.in_flight()) broker.commit_all();
      }
      broker.pass(50);
      if (broker.journal.in_flight()) broker.commit_all();
    }
  }
  const std::string& writer() { return broker.control().writer; }
  std::vector<std::string> diverged() { return broker.heartbeat().leader->diverged; }

  Driver broker;
  const Beat one{.instance = "order-1"};
  const Beat two{.instance = "order-2"};
};

}  // namespace broker
