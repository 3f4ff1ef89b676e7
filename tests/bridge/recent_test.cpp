// The last 15 minutes of the store, as a control room that is loaded again gets them.
#include "bridge/recent.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "bridge/metrics.h"

namespace bridge {
namespace {

using Parsed = nlohmann::json;

msg::StatusReply store(std::uint64_t age_ms = 10, std::uint64_t pid = 7) {
  msg::StatusReply status;
  status.writer = "order-1";
  msg::Seen seen;
  seen.beat.role = msg::Role::kOrder;
  seen.beat.instance = "order-1";
  seen.beat.pid = pid;
  seen.beat.state = msg::State::kLive;
  seen.age_ms = age_ms;
  status.processes = {seen};
  return status;
}

std::string figures(base::WallMs at) { return fmt::format(R"({{"at":{}}})", at); }

TEST(Recent, KeepsTheFiguresOfFifteenMinutes) {
  Recent recent;
  for (base::WallMs at = 0; at <= 2000 * 1000; at += 1000) recent.second(at, figures(at), store());
  const auto samples = Parsed::parse(recent.json())["samples"];
  EXPECT_EQ(samples.size(), 901U);
  EXPECT_EQ(samples.front()["at"], 1100 * 1000);
  EXPECT_EQ(samples.back()["at"], 2000 * 1000);
}

TEST(Recent, TellsStatesWhereTheyChangeAndAtItsBeginning) {
  Recent recent;
  recent.second(1000, figures(1000), store(10));
  recent.second(2000, figures(2000), store(900));
  recent.second(3000, figures(3000), store(1900));
  recent.second(4000, figures(4000), store(2900));
  recent.second(5000, figures(5000), store(10, 8));
  const auto told = Parsed::parse(recent.json());
  EXPECT_EQ(told["samples"][0]["processes"], Parsed::parse(R"([{"role":"order","instance":"order-1","pid":7,
             "state":"live","writer":true,"silent":false,"age_ms":10}])"));
  EXPECT_FALSE(told["samples"][1].contains("processes"));
  EXPECT_EQ(told["samples"][2]["processes"][0]["silent"], true);
  EXPECT_EQ(told["samples"][2]["processes"][0]["age_ms"], 1900);
  EXPECT_FALSE(told["samples"][3].contains("processes"));
  EXPECT_EQ(told["samples"][4]["processes"][0]["pid"], 8);
}

TEST(Recent, IsBoundedInBytesAndStillTellsTheStatesAtItsBeginning) {
  Recent recent(10'000);
  for (base::WallMs at = 0; at < 500; ++at) {
    recent.second(at, figures(at), store());
    EXPECT_LE(recent.bytes(), 10'000U);
  }
  const auto samples = Parsed::parse(recent.json())["samples"];
  EXPECT_GT(samples.size(), 10U);
  EXPECT_LT(samples.size(), 500U);
  EXPECT_EQ(samples.back()["at"], 499);
  EXPECT_EQ(samples.front()["processes"].size(), 1U);
}

TEST(Recent, KeepsTheEventsOfWritersAndLeases) {
  Recent recent;
  const auto event = [](std::uint64_t seq, auto what) {
    return rendered({{msg::Seq(seq), {}}, {1, std::move(what)}}, Topics());
  };
  recent.published({event(4, msg::WriterAppointed{.replica = "order-2"}), event(5, msg::KeyVoided{})});
  for (std::uint64_t seq = 6; seq < 300; ++seq) recent.published({event(seq, msg::HolderLeft{})});
  const auto events = Parsed::parse(recent.json())["events"];
  EXPECT_EQ(events.size(), Recent::kEventsMax);
  EXPECT_EQ(events.back()["seq"], 299);
  EXPECT_EQ(events.back()["type"], "holder_left");
}

TEST(Recent, OfNothingIsEmpty) { EXPECT_EQ(Recent().json(), R"({"samples":[],"events":[]})"); }

TEST(Recent, IsFilledByTheFiguresOfEachSecond) {
  Metrics metrics;
  metrics.heard(store(), {});
  metrics.live({{}, 1000}, false);
  metrics.live({{}, 2000}, false);
  const auto told = Parsed::parse(metrics.recent().json());
  EXPECT_EQ(told["samples"].size(), 2U);
  EXPECT_EQ(told["samples"][1]["at"], 2000);
  EXPECT_TRUE(told["samples"][0].contains("lookups_s"));
  EXPECT_FALSE(told["samples"][0].contains("status"));
}

}  // namespace
}  // namespace bridge
