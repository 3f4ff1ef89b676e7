// Where the spans of a request lie.
#include "client/waterfall.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace client {
namespace {

using testing::ElementsAre;

std::vector<std::string> described(const std::vector<Bar>& bars) {
  std::vector<std::string> lines;
  for (const auto& bar : bars) {
    lines.push_back(fmt::format("{} in {}: {}+{}", bar.tier, bars[bar.parent].tier, bar.begin_us, bar.us));
  }
  return lines;
}

TEST(Waterfall, ALookupLiesInTheMiddleAndTheGateAtTheEnd) {
  EXPECT_THAT(described(waterfall({{"catalog", 20}, {"gate", 10}, {"frontend", 60}}, 100)),
              ElementsAre("client in client: 0+100", "frontend in client: 20+60", "catalog in frontend: 35+20",
                          "gate in frontend: 70+10"));
}

TEST(Waterfall, AWriteHoldsItsCommitAndThatTheBrokersWork) {
  EXPECT_THAT(described(waterfall({{"order", 60},
                                   {"decide", 10},
                                   {"commit", 50},
                                   {"append", 20},
                                   {"queue", 10},
                                   {"flush", 20},
                                   {"fan-out", 2},
                                   {"apply", 3},
                                   {"watermark", 4},
                                   {"new", 1},
                                   {"gate", 20},
                                   {"frontend", 80}},
                                  100)),
              ElementsAre("client in client: 0+100", "frontend in client: 10+80", "order in frontend: 10+60",
                          "decide in order: 10+10", "commit in order: 20+50", "append in commit: 20+20",
                          "queue in commit: 30+10", "flush in commit: 40+20", "fan-out in frontend: 60+2",
                          "apply in frontend: 62+3", "watermark in frontend: 65+4", "new in order: 69+1",
                          "gate in frontend: 70+20"));
}

TEST(Waterfall, NumbersThatDoNotFitAreTakenAsTheyAre) {
  EXPECT_THAT(described(waterfall({{"order", 900}, {"flush", 7}, {"gate", 800}, {"frontend", 500}}, 100)),
              ElementsAre("client in client: 0+100", "frontend in client: 0+500", "order in frontend: 0+900",
                          "flush in order: 0+7", "gate in frontend: 0+800"));
  EXPECT_THAT(described(waterfall({}, 5)), ElementsAre("client in client: 0+5"));
  EXPECT_THAT(described(waterfall({{"client", 9}}, 5)), ElementsAre("client in client: 0+5"));
}

}  // namespace
}  // namespace client
