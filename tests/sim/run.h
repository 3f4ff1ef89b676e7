// A run: one seed, from the first process started to the last promise checked.
//
// Set up the shop -> workload and chaos -> heal all -> every request under way ends, all replicas are level, their
// digests equal, every frontend serves a buy and a lookup, within kHealed -> the judge's last word. Threads: none. A
// run depends on its options alone.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "tests/sim/chaos.h"
#include "tests/sim/workload.h"

namespace sim {

struct RunOptions {
  std::uint64_t seed = 1;
  Duration chaos = 6s;
  Shape shape;
  std::optional<Plan> plan;  // missing: drawn from the seed
  bool telling = false;
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
  Duration slowest{};
  World::Counts counts;
  void add(const RunResult& result);
};

// The faults and rare paths without which some hundred seeds prove nothing (TRAPS 23); empty if all occurred.
std::string never_met(const World::Counts& counts);

}  // namespace sim
