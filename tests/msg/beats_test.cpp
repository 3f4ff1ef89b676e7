// The pace of heartbeats, and which of them tell the counters.
#include "msg/beats.h"

#include <gtest/gtest.h>

#include <string>

namespace msg {
namespace {

using std::chrono::milliseconds;

// Looks once each millisecond. Returns when a heartbeat was due, and with `!` whether it told the counters.
std::string beats(Pace pace, int first_ms, int last_ms) {
  Beats beats(pace);
  std::string told;
  for (int ms = first_ms; ms <= last_ms; ++ms) {
    if (!beats.due(base::Mono(milliseconds(ms)))) continue;
    told += (told.empty() ? "" : " ") + std::to_string(ms) + (beats.tells_counters() ? "!" : "");
  }
  return told;
}

TEST(BeatsTest, TheFirstOneAndThenOneInEachPeriodTellTheCounters) {
  EXPECT_EQ(beats({milliseconds(50), milliseconds(150)}, 7, 400), "7! 57 107 157! 207 257 307! 357");
}

TEST(BeatsTest, ASlowHeartbeatAlwaysTellsThem) {
  EXPECT_EQ(beats({milliseconds(300), milliseconds(150)}, 7, 700), "7! 307! 607!");
}

TEST(BeatsTest, AProcessThatWasPausedBeatsOnceAndNotForEachBeatThatItMissed) {
  Beats beats({milliseconds(50), milliseconds(150)});
  EXPECT_TRUE(beats.due(base::Mono(milliseconds(1))));
  EXPECT_TRUE(beats.due(base::Mono(milliseconds(1000))));
  EXPECT_TRUE(beats.tells_counters());
  EXPECT_FALSE(beats.due(base::Mono(milliseconds(1049))));
  EXPECT_TRUE(beats.due(base::Mono(milliseconds(1050))));
  EXPECT_FALSE(beats.tells_counters());
}

}  // namespace
}  // namespace msg
