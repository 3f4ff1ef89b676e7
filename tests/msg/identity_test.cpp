// The heartbeat has all that a process is and says.
#include "msg/identity.h"

#include <gmock/gmock.h>

#include <map>
#include <string>

namespace msg {
namespace {

TEST(IdentityTest, AHeartbeatHasAllOfIt) {
  const Identity identity{.role = Role::kOrder,
                          .instance = "order-2",
                          .incarnation = base::Incarnation(7),
                          .host = "host-a",
                          .tcp = "tcp://10.0.0.1:7400",
                          .ipc = "ipc:///run/order-2",
                          .pid = 4711,
                          .release = "1.2.3 (0123456789ab)"};
  base::Counters counters(base::kOfOrder);
  counters["decided"] = 3;
  base::Counters loop(base::kOfLoop);
  loop["sends_dropped"] = 1;
  auto beat = heartbeat_of(identity, "store-a", State::kDraining, Seq(42));
  EXPECT_TRUE(beat.counters.empty());
  tell_counters(beat, counters, loop);
  EXPECT_EQ(beat.role, Role::kOrder);
  EXPECT_EQ(beat.instance, "order-2");
  EXPECT_EQ(beat.incarnation, base::Incarnation(7));
  EXPECT_EQ(beat.store, "store-a");
  EXPECT_EQ(beat.host, "host-a");
  EXPECT_EQ(beat.tcp, "tcp://10.0.0.1:7400");
  EXPECT_EQ(beat.ipc, "ipc:///run/order-2");
  EXPECT_EQ(beat.pid, 4711U);
  EXPECT_EQ(beat.release, "1.2.3 (0123456789ab)");
  EXPECT_EQ(beat.state, State::kDraining);
  EXPECT_EQ(beat.applied, Seq(42));
  std::map<std::string, std::uint64_t> told;
  for (const auto& counter : beat.counters) told[counter.name] = counter.value;
  EXPECT_EQ(told.at("decided"), 3U);
  EXPECT_EQ(told.at("sends_dropped"), 1U);
}

TEST(IdentityTest, AClockThatIsAheadIsToldInMinutes) {
  EXPECT_EQ(clock_trouble(std::nullopt), std::nullopt);
  EXPECT_THAT(clock_trouble(std::chrono::milliseconds(11 * 60'000 + 59'999)).value(),
              testing::HasSubstr("ahead by about 11 minutes"));
}

TEST(IdentityTest, AProcessHasNoPidUntilItSaysSo) { EXPECT_EQ(Identity().pid, 0U); }

}  // namespace
}  // namespace msg
