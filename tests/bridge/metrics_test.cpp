// The figures of /metrics and of the control room.
#include "bridge/metrics.h"

#include <gmock/gmock.h>

#include <array>
#include <sstream>

namespace bridge {
namespace {

using std::chrono::microseconds;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

msg::Seen seen(msg::Role role, std::string instance, std::uint64_t applied, std::vector<msg::Counter> counters = {}) {
  msg::Seen one;
  one.beat.role = role;
  one.beat.instance = std::move(instance);
  one.beat.applied = msg::Seq(applied);
  one.beat.state = msg::State::kLive;
  one.beat.counters = std::move(counters);
  return one;
}

msg::StatusReply status_with(std::uint64_t hits, std::uint64_t blocks) {
  msg::StatusReply status;
  status.mark = msg::Seq(10);
  status.applied = msg::Seq(12);
  status.writer = "order-1";
  status.processes = {seen(msg::Role::kBroker, "broker-1", 12,
                           {{"blocks", blocks}, {"events", blocks * 4}, {"commit_us", blocks * 90}}),
                      seen(msg::Role::kFrontend, "frontend-1", 12,
                           {{"cache_hits", hits}, {"cache_misses", hits / 3}, {"cache_bytes", 77}}),
                      seen(msg::Role::kOrder, "order-1", 9)};
  status.processes[0].beat.leader = msg::Leadership{.term = base::Term(3), .commit = msg::Seq(12)};
  return status;
}

TEST(Metrics, TellTheBridgesRequests) {
  Metrics metrics;
  metrics.answered("GET /v1/items/{id}", 200, microseconds(80));
  metrics.answered("GET /v1/items/{id}", 200, microseconds(300));
  const auto text = metrics.prometheus();
  EXPECT_THAT(text, HasSubstr("pygmy_http_requests_total{route=\"GET /v1/items/{id}\",status=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_http_request_seconds_bucket{route=\"GET /v1/items/{id}\",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_http_request_seconds_bucket{route=\"GET /v1/items/{id}\",le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_http_request_seconds_count{route=\"GET /v1/items/{id}\"} 2\n"));
}

TEST(Metrics, TellTheStoreFromItsHeartbeats) {
  Metrics metrics;
  metrics.heard(status_with(30, 5), {});
  const auto text = metrics.prometheus();
  EXPECT_THAT(text, HasSubstr("pygmy_cache_hits_total{role=\"frontend\",instance=\"frontend-1\"} 30\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE pygmy_cache_bytes gauge\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_lag_events{role=\"order\",instance=\"order-1\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_process_writer{role=\"order\",instance=\"order-1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_watermark_lag_events 2\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_broker_term 3\n"));
}

// The lines of the text that are not comments and whose name is one of the store's.
std::string figures_of_the_store(const std::string& text) {
  std::istringstream lines(text.substr(text.find("# HELP pygmy_commit_seq")));
  std::string all;
  for (std::string line; std::getline(lines, line);) {
    if (line[0] != '#') all += line.substr(std::string("pygmy_").size()) + '\n';
  }
  return all;
}

TEST(Metrics, TellEveryFigureOfTheStore) {
  auto status = status_with(0, 0);
  for (auto& each : status.processes) each.beat.counters.clear();
  auto& leadership = *status.processes[0].beat.leader;
  leadership = {.term = base::Term(3),
                .commit = msg::Seq(13),
                .mark = msg::Seq(10),
                .epoch = base::Epoch(5),
                .holders = 2,
                .diverged = {"x"}};
  status.processes[0].age_ms = 1000;
  status.processes[1].beat.state = msg::State::kCatchingUp;
  status.processes[1].beat.trouble = {"one", "two"};
  status.processes[2].age_ms = 1001;
  Metrics metrics;
  metrics.heard(status, {});
  const auto each = [](const std::string& name, const std::array<int, 3>& values) {
    return fmt::format(
        "{0}{{role=\"broker\",instance=\"broker-1\"}} {1}\n{0}{{role=\"frontend\",instance=\"frontend-1\"}} {2}\n"
        "{0}{{role=\"order\",instance=\"order-1\"}} {3}\n",
        name, values[0], values[1], values[2]);
  };
  EXPECT_EQ(figures_of_the_store(metrics.prometheus()),
            "commit_seq 13\nwatermark_seq 10\nwatermark_lag_events 3\nbroker_up 1\nbroker_term 3\nwriter_epoch 5\n"
            "leases 2\ndiverged 1\n" +
                each("process_up", {1, 1, 0}) + each("process_live", {1, 0, 0}) + each("process_writer", {0, 0, 1}) +
                each("applied_seq", {12, 12, 9}) + each("lag_events", {1, 1, 4}) + each("trouble", {0, 2, 0}));
  status.processes[0].age_ms = 1001;
  status.mark = msg::Seq(14);
  metrics.heard(status, {});
  EXPECT_THAT(metrics.prometheus(), HasSubstr("pygmy_broker_up 0\n"));
  EXPECT_THAT(metrics.prometheus(), HasSubstr("pygmy_watermark_lag_events 0\n")) << "it is newer than the heartbeat";
}

TEST(Metrics, TellWhatIsSoNow) {
  Metrics metrics;
  metrics.now_is("connections", 3);
  metrics.now_is("connections", 2);
  EXPECT_THAT(metrics.prometheus(), HasSubstr("# TYPE pygmy_connections gauge\npygmy_connections 2\n"));
}

TEST(Metrics, TellTheTimeInEachTier) {
  Metrics metrics;
  metrics.tier("catalog", 40);
  metrics.tier("not a name", 50);
  metrics.tier("", 60);
  metrics.answered("r", 200, microseconds(90));
  EXPECT_THAT(metrics.prometheus(), HasSubstr("pygmy_tier_seconds_sum{tier=\"catalog\"} 4e-05\n"));
  EXPECT_THAT(metrics.live(1, false), HasSubstr(R"("p50_us":{"bridge":90,"catalog":40},)"));
}

TEST(Metrics, TellCountersAsPrometheusWantsThem) {
  Metrics metrics;
  auto status = status_with(0, 2);
  status.processes[1].beat.counters = {{"refused_busy", 5}, {"refused_unknown_item", 6}, {"of_tomorrow", 7}};
  status.processes[2].beat.counters = {{"refused_busy", 8}, {"snapshots_made", 1}, {"snapshots_made", 2}};
  metrics.heard(status, {});
  const auto text = metrics.prometheus();
  EXPECT_THAT(text, HasSubstr("# TYPE pygmy_refused_total counter\n"
                              R"(pygmy_refused_total{role="frontend",instance="frontend-1",word="busy"} 5)"
                              "\n"
                              R"(pygmy_refused_total{role="frontend",instance="frontend-1",word="unknown_item"} 6)"
                              "\n"
                              R"(pygmy_refused_total{role="order",instance="order-1",word="busy"} 8)"
                              "\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE pygmy_commit_seconds_total counter\n"
                              R"(pygmy_commit_seconds_total{role="broker",instance="broker-1"} 0.00018)"
                              "\n"))
      << "2 blocks of 90 us";
  EXPECT_THAT(text, HasSubstr(R"(pygmy_undeclared{role="frontend",instance="frontend-1",name="of_tomorrow"} 7)"));
  EXPECT_THAT(text, Not(HasSubstr(R"(pygmy_snapshots_made_total{role="order",instance="order-1"} 1)")))
      << "a series has one value, whatever a heartbeat says";
}

TEST(Metrics, NamesFromOutsideAreNotTrusted) {
  Metrics metrics;
  auto status = status_with(0, 0);
  status.processes.push_back(seen(msg::Role::kOrder, "a\"b\nc", 1, {{"evil} 1\nfake", 1}}));
  metrics.heard(status, {});
  const auto text = metrics.prometheus();
  EXPECT_THAT(text, Not(HasSubstr("fake")));
  EXPECT_THAT(text, HasSubstr("instance=\"a\\\"b c\""));
}

TEST(Metrics, TellOfTheSecondThatEnds) {
  Metrics metrics;
  EXPECT_THAT(metrics.live(1, true), EndsWith(R"("demo":true})")) << "no status has been heard yet";
  const base::Mono start{};
  metrics.heard(status_with(300, 10), start);
  metrics.heard(status_with(600, 30), start + std::chrono::seconds(2));
  for (int i = 1; i <= 100; ++i) metrics.answered("r", 200, microseconds(i));
  auto live = metrics.live(1234, true);
  EXPECT_THAT(
      live,
      HasSubstr(
          R"({"at":1234,"orders_s":0,"lookups_s":200,"requests_s":{},"p50_us":{"bridge":50},"p99_us":{"bridge":99},)"
          R"("hit_ratio":0.7500,)"));
  EXPECT_THAT(
      live,
      HasSubstr(R"("lag":{"broker-1":0,"frontend-1":0,"order-1":3},"blocks_s":10,"block_events":4,"commit_us":90)"));
  EXPECT_THAT(live, HasSubstr(R"("status":{"edge":"")"));
  EXPECT_THAT(metrics.live(1235, true), HasSubstr(R"("p50_us":{})")) << "the next second begins";
}

TEST(Metrics, TellTheRequestsOfAllFrontendsWhoeverSentThem) {
  const auto requests = [](std::uint64_t first, std::uint64_t second) {
    msg::StatusReply status;
    status.processes = {seen(msg::Role::kFrontend, "frontend-1", 1, {{"requests_lookup", first}}),
                        seen(msg::Role::kFrontend, "frontend-2", 1, {{"requests_lookup", second}}),
                        seen(msg::Role::kCatalog, "catalog-1", 1, {{"requests_lookup", 1000 * second}})};
    return status;
  };
  Metrics metrics;
  const base::Mono start{};
  metrics.heard(requests(100, 200), start);
  metrics.heard(requests(150, 350), start + std::chrono::seconds(2));
  EXPECT_THAT(metrics.live(1, false), HasSubstr(R"("requests_s":{"lookup":100})"));
}

TEST(Metrics, CountTheEventsOfTheStream) {
  Metrics metrics;
  const auto event = [](std::uint64_t seq, auto what) {
    return rendered({{msg::Seq(seq), {}}, {1, std::move(what)}}, Topics());
  };
  metrics.published({event(1, msg::OrderPlaced{}), event(2, msg::KeyVoided{}), event(3, msg::OrderPlaced{})});
  EXPECT_THAT(metrics.prometheus(), HasSubstr("pygmy_stream_events_total{type=\"order_placed\"} 2\n"));
  EXPECT_THAT(metrics.live(1, false), HasSubstr(R"("orders_s":2,)"));
  EXPECT_THAT(metrics.live(2, false), HasSubstr(R"("orders_s":0,)"));
}

TEST(Metrics, ACounterThatRestartedGivesNoHugeRate) {
  Metrics metrics;
  metrics.heard(status_with(600, 30), base::Mono{});
  metrics.heard(status_with(3, 1), base::Mono{} + std::chrono::seconds(1));
  EXPECT_THAT(metrics.live(1, false), HasSubstr(R"("lookups_s":0)"));
}

}  // namespace
}  // namespace bridge
