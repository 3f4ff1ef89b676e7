// When a store serves.
#include "tasks/serving.h"

#include <gtest/gtest.h>

#include "json/status.h"

namespace tasks {
namespace {

msg::Seen live(msg::Role role, std::string instance) {
  msg::Seen seen;
  seen.beat.role = role;
  seen.beat.instance = std::move(instance);
  seen.beat.state = msg::State::kLive;
  return seen;
}

// A store with one process of each role, which serves.
class Serving : public testing::Test {
 protected:
  Serving() {
    status.edge = "frontend-1";
    status.leased = true;
    status.writer = "order-1";
    status.processes = {live(msg::Role::kBroker, "broker-1"), live(msg::Role::kCatalog, "catalog-1"),
                        live(msg::Role::kOrder, "order-1")};
    broker().beat.leader.emplace();
  }

  msg::Seen& broker() { return status.processes[0]; }
  msg::Seen& catalog() { return status.processes[1]; }
  msg::Seen& writer() { return status.processes[2]; }
  std::string obstacle() const { return obstacle_to_serving(status); }

  msg::StatusReply status;
};

TEST_F(Serving, OneProcessOfEachRoleIsEnough) { EXPECT_EQ(obstacle(), ""); }

TEST_F(Serving, EachFurtherProcessMustBeLive) {
  status.processes.push_back(live(msg::Role::kOrder, "order-2"));
  EXPECT_EQ(obstacle(), "");
  auto& another = status.processes.back();
  another.beat.state = msg::State::kCatchingUp;
  EXPECT_EQ(obstacle(), "order-2 is catching_up");
  another.beat.state = msg::State::kLive;
  another.age_ms = json::kSilentMs + 1;
  EXPECT_EQ(obstacle(), "order-2 is silent; if it is gone for good: pygmy forget order-2");
}

TEST_F(Serving, ABrokerMustBeHeardThatLeads) {
  broker().age_ms = json::kSilentMs + 1;
  EXPECT_EQ(obstacle(), "no broker is heard that leads");
  broker().age_ms = 0;
  broker().beat.leader.reset();
  EXPECT_EQ(obstacle(), "no broker is heard that leads");
}

TEST_F(Serving, TheWriterMustBeNamedAndLive) {
  writer().beat.state = msg::State::kCatchingUp;
  EXPECT_EQ(obstacle(), "the writer order-1 is not live");
  writer().beat.state = msg::State::kLive;
  writer().age_ms = json::kSilentMs + 1;
  EXPECT_EQ(obstacle(), "the writer order-1 is not live");
  status.writer.clear();
  EXPECT_EQ(obstacle(), "no order replica is the writer yet");
}

TEST_F(Serving, ACatalogReplicaMustBeLive) {
  catalog().beat.state = msg::State::kDraining;
  EXPECT_EQ(obstacle(), "no catalog replica is live");
}

TEST_F(Serving, TheFrontendThatAnswersMustHoldALease) {
  status.leased = false;
  EXPECT_EQ(obstacle(), "frontend-1 holds no lease");
}

}  // namespace
}  // namespace tasks
