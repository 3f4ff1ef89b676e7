// What /metrics and /v1/metrics/live tell: the bridge's own requests, and the whole store from the heartbeats of
// `status`.
//
// In Prometheus' text format every counter of a heartbeat is pygmy_NAME_total{role,instance} (docs/OPERATIONS.md says
// what each counts), those that tell of now pygmy_NAME. The live form is one JSON object a second, with rates and
// quantiles of that second, for the control room.
//
// Threads: none; owned by the server's thread. Tests: tests/bridge/metrics_test.cpp
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "bridge/feed.h"
#include "bridge/status.h"

namespace bridge {

// How often each duration was seen, in the buckets that Prometheus wants, and those of the running second as they are.
class Latencies {
 public:
  static constexpr std::array<std::uint64_t, 15> kBoundsUs{
      100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000, 5000000};
  static constexpr std::size_t kRecentMax = 4096;  // beyond, the earliest of the second go

  void add(base::Duration duration);
  void append(std::string& out, std::string_view name, const std::string& labels) const;
  // The quantile of what was added since forget_recent(): part of 100. 0 if there is nothing.
  std::uint64_t recent_us(unsigned part) const;
  bool has_recent() const { return recent_count_ > 0; }
  void forget_recent() { recent_count_ = 0; }

 private:
  std::array<std::uint64_t, kBoundsUs.size() + 1> buckets_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_us_ = 0;
  std::vector<std::uint64_t> recent_;
  std::size_t recent_count_ = 0;
};

class Metrics {
 public:
  // `route` lives as long as the program: "GET /v1/items/{id}".
  void answered(std::string_view route, unsigned status, base::Duration took);
  // One request's time in one tier, in microseconds, from traced requests.
  void tier(const std::string& name, std::uint64_t us);
  void published(const FeedBatch& batch);
  void heard(const msg::StatusReply& status, base::Mono now);
  // What is so now: connections, subscribers, ...
  void now_is(std::string name, std::uint64_t value) { gauges_[std::move(name)] = value; }

  std::string prometheus() const;
  // The second that ends now; the next one begins. `demo`: processes may be killed through this bridge.
  std::string live(base::WallMs at, bool demo);
  const std::string& status_json() const { return status_json_; }  // "null" while nothing has been heard

 private:
  struct Totals {
    base::Mono at{};
    std::uint64_t hits = 0, reads = 0, blocks = 0, events = 0, commit_us = 0;
  };
  static Totals totals_of(const msg::StatusReply& status, base::Mono now);

  std::map<std::pair<std::string_view, unsigned>, std::uint64_t> answers_;
  std::map<std::string_view, Latencies> routes_;
  std::map<std::string, Latencies> tiers_;
  std::map<std::string, std::uint64_t> gauges_;
  std::map<std::string_view, std::uint64_t> events_;
  std::uint64_t orders_ = 0;  // of the running second
  msg::StatusReply status_;
  std::string status_json_ = "null";
  Totals before_;
  Totals last_;
};

}  // namespace bridge
