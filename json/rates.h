// Rates: what a store does in a second, and how fast, from the difference of two of its statuses. The control room and
// `pygmy top` show them.
//
// A process that has restarted counts from 0 again. Its counts before are lost, so a rate may be too low then, and is
// never negative. Processes tell their counters once a second, so two statuses should be a second apart at least.
// Threads: none. Tests: tests/json/rates_test.cpp, tests/bridge/metrics_test.cpp
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>

#include "base/latency.h"
#include "base/time.h"
#include "json/json.h"
#include "msg/internal.h"

namespace json {

// The counts in the heartbeats of a status, since their processes started.
struct Totals {
  static constexpr std::size_t kKinds = msg::kWordCount<msg::RequestKind>;

  base::Mono at{};
  std::uint64_t hits = 0, reads = 0, blocks = 0, events = 0, commit_us = 0;
  std::uint64_t commit = 0, watermark = 0;                                 // seqs
  std::map<std::string, std::uint64_t> requests;                           // by type, at all frontends
  std::map<std::string, std::array<base::LatencyCounts, kKinds>> latency;  // by frontend
};
Totals totals_of(const msg::StatusReply& status, base::Mono now);

struct Rates {
  std::uint64_t lookups_s = 0;  // requests that a cache may answer
  Numbers requests_s;           // by type
  Numbers p50_us, p99_us;       // by kind: read, change; a kind without requests is missing
  std::optional<double> hit_ratio;
  std::uint64_t blocks_s = 0;
  std::uint64_t block_events = 0;  // events of a block, the mean
  std::uint64_t commit_us = 0;     // of a block, the mean
  std::uint64_t commit_s = 0;      // events
  std::uint64_t watermark_s = 0;   // events
};
Rates rates_between(const Totals& before, const Totals& last);

// How much a counter has risen in a second. 0 if it has fallen.
std::uint64_t rate(std::uint64_t now, std::uint64_t before, base::Duration time);

// The latencies of this kind that a frontend tells; nothing if it tells none, or has counted with other buckets.
std::optional<base::LatencyCounts> latency_of(const msg::Heartbeat& beat, std::string_view kind);

}  // namespace json
