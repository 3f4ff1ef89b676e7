// A run: one seed, from the first process started to the last promise checked.
//
// A run sets up the shop, passes through acts, and ends with the judge's last check and that of the history checker,
// which sees only the clients' answers. An act is workload and chaos, with a new plan each time. Then all faults heal.
// Within kHealed every request under way ends, one broker leads, all replicas are level with equal digests, and every
// client is served by its own frontend. A lull follows, in which no client asks anything. Threads: none. A run depends
// only on its options.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/chaos.h"
#include "tests/sim/marks.h"
#include "tests/sim/workload.h"

namespace sim {

struct RunOptions {
  std::uint64_t seed = 1;
  int acts = 1;
  Duration chaos = 6s;                    // of each act
  Duration lull{};                        // after each act
  std::optional<Shape> shape;             // missing: drawn from the seed
  std::optional<Plan> plan;               // missing: drawn from the seed for each act
  std::optional<std::int64_t> drift_max;  // of the clocks, parts per million; missing: what the margin allows
  bool telling = false;
  bool judged = true;  // false: only the history checker judges; there are no visitors and no thief then
};

struct RunResult {
  std::optional<std::string> broken;  // the broken promise, and the operation that shows it
  std::deque<std::string> story;      // the last lines, if the story was kept
  World::Counts counts;
  std::uint64_t story_number = 0;  // equal for equal runs
  std::uint64_t answers = 0;
  std::uint64_t events = 0;   // of the simulated world
  std::uint64_t durable = 0;  // events of the stream
  Duration slowest{};         // longest time from a request to its answer
  Duration simulated{};       // the whole simulated time
  Duration idle{};            // the part of it without requests and faults
};

constexpr Duration kHealed = 10s;

RunResult run(const RunOptions& options);

// Runs the seed. If a promise is broken, runs it again with the story and makes a report with the command that repeats
// it.
struct SeedResult {
  RunResult result;
  std::string report;  // empty: all promises were kept
};
SeedResult run_seed(const RunOptions& options);

// The sums over many seeds.
struct Tally {
  std::uint64_t runs = 0;
  std::uint64_t answers = 0;
  std::uint64_t durable = 0;
  std::uint64_t events = 0;
  Duration slowest{};
  Duration simulated{};
  Duration idle{};
  World::Counts counts;
  void add(const RunResult& result);
};

}  // namespace sim
