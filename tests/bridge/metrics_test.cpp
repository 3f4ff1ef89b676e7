// The figures of /metrics and of the control room.
#include "bridge/metrics.h"

#include <gmock/gmock.h>

#include <array>
#include <nlohmann/json.hpp>
#include <sstream>

namespace bridge {
namespace {

using Parsed = nlohmann::json;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ContainsRegex;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr base::Mono kStart{};

std::string live(Metrics& metrics, base::WallMs at, bool demo) { return metrics.live({kStart, at}, demo); }
Parsed figures(Metrics& metrics, base::Mono now) { return Parsed::parse(metrics.live({now, 1234}, false)); }

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

TEST(Metrics, ACounterOfTheBridgeIsACounter) {
  Metrics metrics;
  metrics.counted("spans_sent_total", 4);
  metrics.counted("spans_sent_total", 5);
  const auto text = metrics.prometheus({});
  EXPECT_THAT(text, HasSubstr("# TYPE pygmy_spans_sent_total counter\npygmy_spans_sent_total 5\n"));
}

TEST(Metrics, TellTheBridgesRequests) {
  Metrics metrics;
  metrics.answered("GET /v1/items/{id}", 200, microseconds(80));
  metrics.answered("GET /v1/items/{id}", 200, microseconds(300));
  const auto text = metrics.prometheus({});
  EXPECT_THAT(text, HasSubstr("pygmy_http_requests_total{route=\"GET /v1/items/{id}\",status=\"200\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_http_request_seconds_bucket{route=\"GET /v1/items/{id}\",le=\"0.0001\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_http_request_seconds_bucket{route=\"GET /v1/items/{id}\",le=\"+Inf\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_http_request_seconds_count{route=\"GET /v1/items/{id}\"} 2\n"));
}

TEST(Metrics, TellWebhooksAndSubscriptionsByName) {
  Metrics metrics;
  EXPECT_THAT(metrics.prometheus({}), Not(HasSubstr("pygmy_webhook")));
  WebhookAnswer till{.name = "till", .receiver = "https://till.example", .types = {}};
  till.delivered = 7;
  till.failed = 2;
  till.dead_letters = 1;
  till.state = WebhookState::kDisabled;
  metrics.webhooks_are({{till}});
  metrics.subscriptions_are(
      {{{.name = "mailer", .cursor = msg::Seq(4)}, {.name = "till", .cursor = msg::Seq(9)}}, msg::Seq(9)});
  const auto text = metrics.prometheus({});
  for (const auto* line :
       {"pygmy_webhook_delivered_total{webhook=\"till\"} 7\n", "pygmy_webhook_failed_total{webhook=\"till\"} 2\n",
        "pygmy_webhook_dead_letters{webhook=\"till\"} 1\n", "pygmy_webhook_disabled{webhook=\"till\"} 1\n",
        "pygmy_subscription_lag_events{subscription=\"mailer\"} 5\n",
        "pygmy_subscription_lag_events{subscription=\"till\"} 0\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST(Metrics, TellTheStoreFromItsHeartbeats) {
  Metrics metrics;
  metrics.heard(status_with(30, 5), {});
  const auto text = metrics.prometheus({});
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
  const auto each = [](const std::string& name, const std::array<double, 3>& values) {
    return fmt::format(
        "{0}{{role=\"broker\",instance=\"broker-1\"}} {1}\n{0}{{role=\"frontend\",instance=\"frontend-1\"}} {2}\n"
        "{0}{{role=\"order\",instance=\"order-1\"}} {3}\n",
        name, values[0], values[1], values[2]);
  };
  EXPECT_EQ(figures_of_the_store(metrics.prometheus({})),
            "commit_seq 13\nwatermark_seq 10\nwatermark_lag_events 3\nbroker_up 1\nbroker_term 3\nwriter_epoch 5\n"
            "leases 2\ndiverged 1\n" +
                each("process_up", {1, 1, 0}) + each("heartbeat_age_seconds", {1.0, 0.0, 1.001}) +
                each("process_live", {1, 0, 0}) + each("process_writer", {0, 0, 1}) + each("applied_seq", {12, 12, 9}) +
                each("lag_events", {1, 1, 4}) + each("trouble", {0, 2, 0}));
  status.processes[0].age_ms = 1001;
  status.mark = msg::Seq(14);
  metrics.heard(status, {});
  EXPECT_THAT(metrics.prometheus({}), HasSubstr("pygmy_broker_up 0\n"));
  EXPECT_THAT(metrics.prometheus({}), HasSubstr("pygmy_watermark_lag_events 0\n")) << "it is newer than the heartbeat";
}

TEST(Metrics, TellWhatIsSoNow) {
  Metrics metrics;
  metrics.now_is("connections", 3);
  metrics.now_is("connections", 2);
  EXPECT_THAT(metrics.prometheus({}), HasSubstr("# TYPE pygmy_connections gauge\npygmy_connections 2\n"));
}

TEST(Metrics, TellTheTimeInEachTier) {
  Metrics metrics;
  metrics.tier("catalog", 40);
  metrics.tier("not a name", 50);
  metrics.tier("", 60);
  metrics.answered("r", 200, microseconds(90));
  EXPECT_THAT(metrics.prometheus({}), HasSubstr("pygmy_tier_seconds_sum{tier=\"catalog\"} 4e-05\n"));
  EXPECT_THAT(live(metrics, 1, false), HasSubstr(R"("p50_us":{"bridge":90,"catalog":40},)"));
}

TEST(Metrics, TellCountersAsPrometheusWantsThem) {
  Metrics metrics;
  auto status = status_with(0, 2);
  status.processes[1].beat.counters = {{"refused_busy", 5}, {"refused_unknown_item", 6}, {"of_tomorrow", 7}};
  status.processes[2].beat.counters = {{"refused_busy", 8}, {"snapshots_made", 1}, {"snapshots_made", 2}};
  metrics.heard(status, {});
  const auto text = metrics.prometheus({});
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
  const auto text = metrics.prometheus({});
  EXPECT_THAT(text, Not(HasSubstr("fake")));
  EXPECT_THAT(text, HasSubstr("instance=\"a\\\"b c\""));
}

TEST(Metrics, TellOfTheSecondThatEnds) {
  Metrics metrics;
  EXPECT_THAT(live(metrics, 1, true), EndsWith(R"("demo":true})")) << "no status has been heard yet";
  metrics.heard(status_with(300, 10), kStart);
  metrics.heard(status_with(600, 30), kStart + seconds(2));
  for (int i = 1; i <= 100; ++i) metrics.answered("r", 200, microseconds(i));
  const auto told = figures(metrics, kStart + seconds(2));
  EXPECT_EQ(told["at"], 1234);
  EXPECT_EQ(told["orders_s"], 0);
  EXPECT_EQ(told["lookups_s"], 200);
  EXPECT_EQ(told["p50_us"], (Parsed{{"bridge", 50}}));
  EXPECT_EQ(told["p99_us"], (Parsed{{"bridge", 99}}));
  EXPECT_EQ(told["hit_ratio"], 0.75);
  EXPECT_EQ(told["lag"], (Parsed{{"broker-1", 0}, {"frontend-1", 0}, {"order-1", 3}}));
  EXPECT_EQ(told["blocks_s"], 10);
  EXPECT_EQ(told["block_events"], 4);
  EXPECT_EQ(told["commit_us"], 90);
  EXPECT_EQ(told["status"]["age_ms"], 0);
  EXPECT_EQ(figures(metrics, kStart + seconds(3))["p50_us"], Parsed::object()) << "the next second begins";
}

// --- age ---

TEST(Metrics, TheAgeOfTheStatusIsToldFromTheStart) {
  Metrics metrics(kStart);
  EXPECT_THAT(metrics.prometheus(kStart + seconds(7)), HasSubstr("pygmy_status_age_seconds 7\n"));
  metrics.heard(status_with(1, 1), kStart + seconds(7));
  EXPECT_THAT(metrics.prometheus(kStart + seconds(8)), HasSubstr("pygmy_status_age_seconds 1\n"));
}

TEST(Metrics, TheAgeOfTheStatusIsToldToTheMillisecondAndNeverNegative) {
  Metrics metrics(kStart + seconds(1));
  EXPECT_THAT(metrics.prometheus(kStart + milliseconds(2501)), HasSubstr("pygmy_status_age_seconds 1.501\n"));
  EXPECT_THAT(metrics.prometheus(kStart), HasSubstr("pygmy_status_age_seconds 0\n"));
}

// The next status may come late on a busy machine, so the ages do not grow at once.
TEST(Metrics, AStatusCountsAsThatOfNowForSoLong) {
  Metrics metrics;
  metrics.heard(status_with(300, 10), kStart - seconds(1));
  metrics.heard(status_with(600, 30), kStart);
  const auto fresh = kStart + milliseconds(Metrics::kFreshMs);
  const auto old = fresh + milliseconds(1);
  const std::string age = "pygmy_heartbeat_age_seconds{role=\"order\",instance=\"order-1\"} ";
  EXPECT_THAT(metrics.prometheus(fresh), HasSubstr(age + "0\n"));
  EXPECT_THAT(metrics.prometheus(old), HasSubstr(age + "2.501\n"));
  EXPECT_EQ(figures(metrics, fresh)["lookups_s"], 400);
  EXPECT_TRUE(figures(metrics, old)["lookups_s"].is_null());
}

TEST(Metrics, FiguresAreToldForAMinuteToTheMillisecond) {
  auto status = status_with(30, 5);
  auto& frontend = status.processes[1];
  frontend.beat.latency = {msg::Latency{"read", 1, std::vector<std::uint64_t>(base::LatencyCounts::kBuckets, 1)}};
  for (const std::uint64_t age : {Metrics::kToldMs, Metrics::kToldMs + 1}) {
    for (auto& each : status.processes) each.age_ms = age;
    Metrics metrics;
    metrics.heard(status, kStart);
    const auto text = metrics.prometheus(kStart);
    for (const auto* name : {"broker_term", "applied_seq{", "cache_hits_total{", "request_seconds_count{"}) {
      EXPECT_EQ(text.find(std::string("\npygmy_") + name) != text.npos, age == Metrics::kToldMs) << name << age;
    }
    EXPECT_EQ(figures(metrics, kStart)["lag"].size(), age == Metrics::kToldMs ? 3U : 0U) << age;
  }
  Metrics metrics;
  metrics.heard(status_with(30, 5), kStart);
  const auto told = kStart + milliseconds(Metrics::kToldMs);
  EXPECT_THAT(metrics.prometheus(told), HasSubstr("\npygmy_commit_seq 12\n"));
  EXPECT_THAT(metrics.prometheus(told + milliseconds(1)), Not(HasSubstr("\npygmy_commit_seq")));
}

TEST(Metrics, WithoutFrontendsNothingIsSaidToBeUp) {
  Metrics metrics;
  metrics.heard(status_with(30, 5), kStart);
  EXPECT_THAT(metrics.prometheus(kStart + seconds(2)),
              HasSubstr("pygmy_process_up{role=\"order\",instance=\"order-1\"} 1"));
  const auto text = metrics.prometheus(kStart + seconds(20));
  EXPECT_THAT(text, ContainsRegex("pygmy_process_up\\{role=\"order\",instance=\"order-1\"\\} 0\n"));
  EXPECT_THAT(text, ContainsRegex("pygmy_process_live\\{role=\"order\",instance=\"order-1\"\\} 0\n"));
  EXPECT_THAT(text, ContainsRegex("pygmy_heartbeat_age_seconds\\{role=\"order\",instance=\"order-1\"\\} 20\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_broker_up 0\n"));
}

TEST(Metrics, FiguresThatAreMoreThanAMinuteOldAreNotTold) {
  Metrics metrics;
  auto status = status_with(30, 5);
  status.processes[2].age_ms = 61'000;
  metrics.heard(status, kStart);
  const auto text = metrics.prometheus(kStart);
  EXPECT_THAT(text, HasSubstr("pygmy_process_up{role=\"order\",instance=\"order-1\"} 0\n")) << "a silent process stays";
  EXPECT_THAT(text, Not(HasSubstr("pygmy_lag_events{role=\"order\"")));
  EXPECT_THAT(text, HasSubstr("pygmy_commit_seq 12\n"));
  const auto old = metrics.prometheus(kStart + seconds(61));
  for (const auto* name : {"pygmy_commit_seq", "pygmy_broker_term", "pygmy_cache_hits_total{", "pygmy_applied_seq{"}) {
    EXPECT_THAT(old, Not(HasSubstr(std::string("\n") + name))) << name;
  }
}

TEST(Metrics, WithoutANewStatusTheControlRoomGetsNoRates) {
  Metrics metrics;
  metrics.heard(status_with(300, 10), kStart);
  metrics.heard(status_with(600, 30), kStart + seconds(1));
  EXPECT_EQ(figures(metrics, kStart + seconds(2))["lookups_s"], 400);
  const auto told = figures(metrics, kStart + seconds(21));
  for (const auto* name : {"orders_s", "lookups_s", "hit_ratio", "blocks_s", "block_events", "commit_us"}) {
    EXPECT_TRUE(told[name].is_null()) << name;
  }
  EXPECT_EQ(told["requests_s"], Parsed::object());
  EXPECT_EQ(told["status"]["age_ms"], 20'000);
  EXPECT_EQ(told["status"]["leader_age_ms"], 20'000);
  for (const auto& process : told["status"]["processes"]) EXPECT_TRUE(process["silent"]) << process;
}

// --- the time of all requests ---

msg::StatusReply with_latency(std::vector<msg::Latency> latency) {
  msg::StatusReply status;
  status.processes = {seen(msg::Role::kFrontend, "frontend-1", 1), seen(msg::Role::kOrder, "order-1", 1)};
  status.processes[0].beat.latency = std::move(latency);
  return status;
}

msg::Latency latency_of(const std::string& kind, std::uint64_t fast, std::uint64_t slow) {
  msg::Latency latency{kind, 300 * fast, std::vector<std::uint64_t>(base::LatencyCounts::kBuckets)};
  latency.counts[2] = fast;      // 250 to 500 us
  latency.counts.back() = slow;  // more than 5 s
  return latency;
}

TEST(Metrics, TellTheTimeOfAllRequestsAtTheFrontends) {
  Metrics metrics;
  metrics.heard(with_latency({latency_of("read", 3, 1), latency_of("change", 0, 0)}), kStart);
  const auto text = metrics.prometheus(kStart);
  const std::string read = R"({role="frontend",instance="frontend-1",kind="read")";
  EXPECT_THAT(text, HasSubstr("# TYPE pygmy_request_seconds histogram\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_request_seconds_bucket" + read + ",le=\"0.00025\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_request_seconds_bucket" + read + ",le=\"0.0005\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_request_seconds_bucket" + read + ",le=\"+Inf\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_request_seconds_sum" + read + "} 0.0009\n"));
  EXPECT_THAT(text, HasSubstr("pygmy_request_seconds_count" + read + "} 4\n"));
}

TEST(Metrics, TellTheQuantilesOfAllRequestsBetweenTwoStatuses) {
  Metrics metrics;
  metrics.heard(with_latency({latency_of("read", 1000, 900)}), kStart);
  metrics.heard(with_latency({latency_of("read", 1100, 900)}), kStart + seconds(1));
  const auto told = figures(metrics, kStart + seconds(1));
  EXPECT_GT(told["all_p50_us"]["read"], 250);
  EXPECT_LE(told["all_p99_us"]["read"], 500) << "the slow ones came earlier";
  EXPECT_FALSE(told["all_p50_us"].contains("change"));
}

TEST(Metrics, HistogramsOfStrangersAreNotTrusted) {
  Metrics metrics;
  metrics.heard(with_latency({latency_of("read\"} 1", 3, 1), {"read", 1, {1, 2}}, {"change", 1, {}}}), kStart);
  EXPECT_THAT(metrics.prometheus(kStart), Not(HasSubstr("pygmy_request_seconds_bucket")));
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
  EXPECT_THAT(live(metrics, 1, false), HasSubstr(R"("requests_s":{"lookup":100})"));
}

TEST(Metrics, CountTheEventsOfTheStream) {
  Metrics metrics;
  const auto event = [](std::uint64_t seq, auto what) {
    return rendered({{msg::Seq(seq), {}}, {1, std::move(what)}}, Topics());
  };
  metrics.heard({}, kStart);
  metrics.published({event(1, msg::OrderPlaced{}), event(2, msg::KeyVoided{}), event(3, msg::OrderPlaced{})});
  EXPECT_THAT(metrics.prometheus({}), HasSubstr("pygmy_stream_events_total{type=\"order_placed\"} 2\n"));
  EXPECT_THAT(live(metrics, 1, false), HasSubstr(R"("orders_s":2,)"));
  EXPECT_THAT(live(metrics, 2, false), HasSubstr(R"("orders_s":0,)"));
}

TEST(Metrics, ACounterThatRestartedGivesNoHugeRate) {
  Metrics metrics;
  metrics.heard(status_with(600, 30), base::Mono{});
  metrics.heard(status_with(3, 1), base::Mono{} + std::chrono::seconds(1));
  EXPECT_THAT(live(metrics, 1, false), HasSubstr(R"("lookups_s":0)"));
}

}  // namespace
}  // namespace bridge
