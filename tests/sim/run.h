// A run: one seed, from the first process started to the last promise checked.
//
// Set up the shop -> acts -> the judge's last word -> that of the history checker, which sees only what clients were
// told. An act: workload and chaos, another plan each time; heal all; every request under way ends, one broker leads,
// all replicas are level, their digests equal, every client is served by its own frontend, within kHealed; then a lull,
// in which nobody asks anything. Threads: none. A run depends on its options alone.
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
  std::optional<std::int64_t> drift_max;  // of the clocks, parts per million; missing: what the margin allows for
  bool telling = false;
  bool judged = true;  // false: the history checker is alone
};

struct RunResult {
  std::optional<std::string> broken;  // the promise, and the operation that shows it
  std::deque<std::string> story;      // the last lines, if told
  World::Counts counts;
  std::uint64_t story_number = 0;  // equal for equal runs
  std::uint64_t answers = 0;
  std::uint64_t events = 0;   // of the world
  std::uint64_t durable = 0;  // events of the stream
  Duration slowest{};         // answer to a client
  Duration simulated{};       // all in all
  Duration idle{};            // of it, nobody asked anything and nothing went wrong
};

constexpr Duration kHealed = 10s;

RunResult run(const RunOptions& options);

// Runs the seed; if a promise is broken, again with the story told, ready to print with the command that repeats it.
struct SeedResult {
  RunResult result;
  std::string report;  // empty: all promises were kept
};
SeedResult run_seed(const RunOptions& options);

// A few hundred seeds and what they met.
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
