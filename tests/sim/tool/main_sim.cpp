// pygmy-sim: runs seeds of the simulation until one breaks a promise. See docs/TESTING.md.
//
//   pygmy-sim                      300 seeds from 1
//   pygmy-sim --seed 17            one seed, with its story if it breaks a promise
//   pygmy-sim --seed 17 --verbose  also prints the last lines of its story if it keeps all promises
//   pygmy-sim --seeds 5000         that many seeds from --seed on (or from 1)
//   pygmy-sim --minutes 30         as many seeds as fit into the time
//   pygmy-sim --acts 8             times of chaos in one run; --lull S adds S quiet seconds after each
//   pygmy-sim --drift P            clocks that drift by up to P parts per million; the margin allows for 5000
//   pygmy-sim --marks              also fails if a fault or a rare path of tests/sim/marks.cpp never occurred
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
  std::uint64_t acts = 1;
  std::uint64_t lull = 0;
  std::optional<std::int64_t> drift;
  double minutes = 0;
  bool verbose = false;
  bool marks = false;
};

bool set(Arguments& arguments, std::string_view name, const char* value, bool& one) {
  char* end = nullptr;
  if (name == "--minutes") {
    arguments.minutes = std::strtod(value, &end);
    one = false;
    return end != value && *end == '\0';
  }
  const auto number = std::strtoull(value, &end, 10);
  if (name == "--seed") {
    arguments.first = number;
  } else if (name == "--seeds") {
    arguments.seeds = number;
    one = false;
  } else if (name == "--acts") {
    arguments.acts = number;
  } else if (name == "--lull") {
    arguments.lull = number;
  } else if (name == "--drift") {
    arguments.drift = static_cast<std::int64_t>(number);
  } else {
    return false;
  }
  return end != value && *end == '\0';
}

std::optional<Arguments> parse(int argc, char** argv) {
  Arguments arguments;
  bool seed = false;
  bool one = true;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--verbose") {
      arguments.verbose = true;
    } else if (name == "--marks") {
      arguments.marks = true;
    } else if (i + 1 == argc || !set(arguments, name, argv[++i], one)) {
      return std::nullopt;
    }
    seed = seed || name == "--seed";
  }
  if (seed && one) arguments.seeds = 1;
  return arguments;
}

void show(const char* title, const std::vector<sim::Mark>& marks, const sim::World::Counts& counts) {
  fmt::print("{}\n", title);
  for (const auto& mark : marks) {
    const auto found = counts.find(mark.count);
    fmt::print("{:>12}  {} ({})\n", found == counts.end() ? 0 : found->second, mark.count, mark.what);
  }
}

void report(const sim::Tally& tally, double seconds) {
  const auto simulated = base::millis(tally.simulated) / 1000;
  const auto idle = base::millis(tally.idle) / 1000;
  show("faults", sim::faults(), tally.counts);
  show("rare paths", sim::rare_paths(), tally.counts);
  fmt::print("{} seeds kept every promise in {:.1f} s\n", tally.runs, seconds);
  fmt::print("  simulated {:.2f} h ({:.0f}% of it idle), {:.0f} s a second\n", simulated / 3600,
             simulated > 0 ? 100 * idle / simulated : 0, simulated / seconds);
  fmt::print("  {} answers ({:.0f} a second), {} events of the stream, {} steps; slowest answer {:.0f} ms\n",
             tally.answers, static_cast<double>(tally.answers) / seconds, tally.durable, tally.events,
             base::millis(tally.slowest));
}

void tell(std::uint64_t seed, const sim::RunResult& result) {
  fmt::print("seed {}: {} answers, slowest {:.0f} ms\n", seed, result.answers, base::millis(result.slowest));
  for (const auto& line : result.story) fmt::print("{}\n", line);
  for (const auto& [what, times] : result.counts) fmt::print("{:>12} {}\n", times, what);
}

int simulate(const Arguments& arguments) {
  sim::Tally tally;
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  const auto more = [&] {
    return arguments.minutes > 0 ? seconds() < arguments.minutes * 60 : tally.runs < arguments.seeds;
  };
  sim::RunOptions options{.acts = static_cast<int>(arguments.acts),
                          .lull = std::chrono::seconds(arguments.lull),
                          .drift_max = arguments.drift,
                          .telling = arguments.verbose};
  for (options.seed = arguments.first; more(); ++options.seed) {
    const auto ended = sim::run_seed(options);
    tally.add(ended.result);
    if (!ended.report.empty()) {
      fmt::print("{}", ended.report);
      return 1;
    }
    if (arguments.verbose) tell(options.seed, ended.result);
    if (tally.runs % 50 == 0) fmt::print(stderr, "{} seeds, {:.1f} s\n", tally.runs, seconds());
  }
  report(tally, seconds());
  const auto missing = sim::never_met(tally.counts);
  if (!missing.empty()) fmt::print("never occurred: {}\n", missing);
  return arguments.marks && !missing.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = parse(argc, argv);
  if (!arguments) {
    fmt::print(stderr,
               "usage: pygmy-sim [--seed N] [--seeds K] [--minutes M] [--acts A] [--lull S] [--drift P] [--marks] "
               "[--verbose]\n");
    return 2;
  }
  return simulate(*arguments);
}
