// pygmy-sim: runs seeds of the simulation until one breaks a promise. See docs/TESTING.md.
//
//   pygmy-sim                      300 seeds from 1
//   pygmy-sim --seed 17            one seed, with its story if it breaks a promise
//   pygmy-sim --seed 17 --verbose  the last lines of its story in any case
//   pygmy-sim --seeds 5000         that many from --seed on (or from 1)
//   pygmy-sim --minutes 30         as many as fit into the time
#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "tests/sim/run.h"

namespace {

struct Arguments {
  std::uint64_t first = 1;
  std::uint64_t seeds = 300;
  double minutes = 0;
  bool verbose = false;
};

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  bool one = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--verbose") {
      arguments.verbose = true;
      continue;
    }
    if (i + 1 == argc) return std::nullopt;
    const char* value = argv[++i];
    char* end = nullptr;
    if (name == "--seed") {
      arguments.first = std::strtoull(value, &end, 10);
      one = arguments.seeds == Arguments().seeds && arguments.minutes == 0;
    } else if (name == "--seeds") {
      arguments.seeds = std::strtoull(value, &end, 10);
      one = false;
    } else if (name == "--minutes") {
      arguments.minutes = std::strtod(value, &end);
      one = false;
    }
    if (!end || *end != '\0' || end == value) return std::nullopt;
  }
  if (one) arguments.seeds = 1;
  return arguments;
}

int simulate(const Arguments& arguments) {
  sim::Tally tally;
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  const auto more = [&] {
    return arguments.minutes > 0 ? seconds() < arguments.minutes * 60 : tally.runs < arguments.seeds;
  };
  for (auto seed = arguments.first; more(); ++seed) {
    sim::RunOptions options{.seed = seed, .telling = arguments.verbose};
    const auto ended = sim::run_seed(options);
    tally.add(ended.result);
    if (!ended.report.empty()) {
      fmt::print("{}", ended.report);
      return 1;
    }
    if (arguments.verbose) {
      fmt::print("seed {}: {} answers, slowest {:.0f} ms\n", seed, ended.result.answers,
                 base::millis(ended.result.slowest));
      for (const auto& line : ended.result.story) fmt::print("{}\n", line);
    }
    if (tally.runs % 50 == 0) fmt::print(stderr, "{} seeds, {:.1f} s\n", tally.runs, seconds());
  }
  for (const auto& [what, times] : tally.counts) fmt::print("{:>12} {}\n", times, what);
  fmt::print("{} seeds kept every promise: {} answers, {} events, slowest answer {:.0f} ms, {:.1f} s\n", tally.runs,
             tally.answers, tally.durable, base::millis(tally.slowest), seconds());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parse(argc, argv);
  if (!arguments) {
    fmt::print(stderr, "usage: pygmy-sim [--seed N] [--seeds K] [--minutes M] [--verbose]\n");
    return 2;
  }
  return simulate(*arguments);
}
