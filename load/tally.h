// Tally: the results of a run, or of a part of one in a process of its own.
//
// Business refusals (out of stock) are counted apart, so that a store with nothing to sell does not look fast. Every
// other failure is an error. Requests of the warm-up count as errors if they fail, and nowhere else. Threads: none.
// Tests: tests/load/tally_test.cpp
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "client/core.h"
#include "load/histogram.h"
#include "msg/refusal.h"
#include "tasks/output.h"

namespace load {

struct Tally {
  using ByCode = std::array<std::uint64_t, msg::kWordCount<msg::Code>>;

  // Counts an answer. `latency`: from its intended start. `in_time`: it came before the end of the run.
  void add(const client::Answer& answer, base::Duration latency, bool counts, bool in_time);
  // Adds the tally of a part that ran at the same time.
  void add(const Tally& part);

  std::uint64_t ops = 0;     // successes in time
  std::uint64_t errors = 0;  // the sum of `failed`
  std::uint64_t stale = 0;   // answers marked as stale
  std::uint64_t unsent = 0;  // requests of an open loop that were due and did not start; their waits are latencies
  ByCode refused{};
  ByCode failed{};
  std::string first_error;
  Histogram latencies;                     // in ns, as all histograms here
  Histogram late;                          // how long after its intended start a request of an open loop was sent
  std::map<std::string, Histogram> tiers;  // the time of each tier, of the traced requests
  base::Duration lasted{};                 // without the warm-up
};

// For a pipe between processes: from_json(to_json(tally)) adds up as `tally` does.
tasks::Json to_json(const Tally& tally);
Tally tally_of(const tasks::Json& json);

}  // namespace load
