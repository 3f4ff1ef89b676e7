// The figures of /metrics and /v1/metrics/live: the bridge's own requests, and the whole store from the heartbeats in
// `status`.
//
// In Prometheus' text format every counter of a heartbeat is pygmy_NAME_total{role,instance}; a gauge is pygmy_NAME.
// docs/OPERATIONS.md describes each. The live form is one JSON object a second for the control room, with the rates and
// quantiles of that second.
//
// Threads: none; owned by the server's thread. Tests: tests/bridge/metrics_test.cpp
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/latency.h"
#include "base/time.h"
#include "bridge/bodies.h"
#include "bridge/feed.h"
#include "bridge/recent.h"
#include "json/rates.h"
#include "json/status.h"

namespace bridge {

// Counts durations in the buckets that Prometheus wants, and keeps the exact durations of the running second.
class Latencies {
 public:
  static constexpr std::size_t kRecentMax = 4096;  // beyond this number, new durations replace the second's earliest

  void add(base::Duration duration);
  void append(std::string& out, std::string_view name, const std::string& labels) const;
  // The quantile, in microseconds, of the durations added since forget_recent(); `part` is of 100. 0 if there are none.
  std::uint64_t recent_us(unsigned part) const;
  bool has_recent() const { return recent_count_ > 0; }
  void forget_recent() { recent_count_ = 0; }

 private:
  base::LatencyCounts counts_;
  std::vector<std::uint64_t> recent_;
  std::size_t recent_count_ = 0;
};

// The status of the store is as old as the last answer of a frontend. Every form tells this age. The bridge asks every
// second, so a status counts as that of now up to kFreshMs. Later the ages of all processes grow with it, and there are
// no rates any more. Figures of a process that was silent for kToldMs are left out.
class Metrics {
 public:
  static constexpr std::uint64_t kToldMs = 60'000;
  static constexpr std::uint64_t kFreshMs = 2500;

  // `began`: the age counts from here until a status has been heard.
  explicit Metrics(base::Mono began = {}) : heard_(began) {}

  // `route` must live as long as the program: "GET /v1/items/{id}".
  void answered(std::string_view route, unsigned status, base::Duration took);
  // Adds a traced request's time in one tier, in microseconds.
  void tier(const std::string& name, std::uint64_t us);
  void published(const FeedBatch& batch);
  void heard(const msg::StatusReply& status, base::Mono now);
  // Sets a gauge of this bridge: connections, subscribers, ...
  void now_is(std::string name, std::uint64_t value) { gauges_[std::move(name)] = value; }
  // Sets a counter of this bridge. Its name ends with `_total`.
  void counted(std::string name, std::uint64_t value) { counters_[std::move(name)] = value; }

  void webhooks_are(WebhooksAnswer webhooks) { webhooks_ = std::move(webhooks); }
  // Those of the store; a store has at most msg::kSubscriptionsMax. Empty if it does not tell them.
  void subscriptions_are(msg::SubscriptionsReply subscriptions) { subscriptions_ = std::move(subscriptions); }

  std::string prometheus(base::Mono now) const;
  // Ends the running second, returns its figures, and begins the next. `demo` says that processes may be killed through
  // this bridge.
  std::string live(base::Now now, bool demo);
  const Recent& recent() const { return recent_; }

 private:
  std::uint64_t age_ms(base::Mono now) const;
  msg::StatusReply status_at(base::Mono now) const;
  std::string rates() const;

  std::map<std::pair<std::string_view, unsigned>, std::uint64_t> answers_;
  std::map<std::string_view, Latencies> routes_;
  std::map<std::string, Latencies> tiers_;
  std::map<std::string, std::uint64_t> gauges_;
  std::map<std::string, std::uint64_t> counters_;
  std::map<std::string_view, std::uint64_t> events_;
  std::uint64_t orders_ = 0;  // in the running second
  WebhooksAnswer webhooks_;
  msg::SubscriptionsReply subscriptions_;
  std::optional<msg::StatusReply> status_;
  base::Mono heard_;
  Recent recent_;
  json::Totals before_;
  json::Totals last_;
};

}  // namespace bridge
