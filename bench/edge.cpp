// Look-ups in a program that holds an edge (edge/edge.h): `./dev bench --edge`.
//
//   edge_bench BROKER ITEMS THREADS SECONDS
//
// Each thread looks random items of 1 .. ITEMS up, which are in memory by then. Every 64th call is timed, because
// reading the clock takes as long as a part of a call. Prints one JSON object.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <thread>
#include <vector>

#include "edge/edge.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t kTimedEach = 64;

struct Measured {
  std::uint64_t calls = 0;
  std::uint64_t failed = 0;
  std::vector<double> micros;
};

Measured look_up(pygmy::Edge& shop, std::uint64_t items, Clock::time_point end, unsigned seed) {
  Measured measured;
  std::minstd_rand random(seed);
  for (;;) {
    for (std::uint64_t i = 1; i < kTimedEach; ++i) {
      if (!shop.lookup(1 + random() % items)) ++measured.failed;
    }
    const auto item = 1 + random() % items;
    const auto began = Clock::now();
    if (!shop.lookup(item)) ++measured.failed;
    const auto now = Clock::now();
    measured.micros.push_back(std::chrono::duration<double, std::micro>(now - began).count());
    measured.calls += kTimedEach;
    if (now >= end) return measured;
  }
}

int run(const char* broker, std::uint64_t items, unsigned threads, double seconds) {
  pygmy::Edge shop({.brokers = {broker}, .name = "edge-bench"});
  for (std::uint64_t item = 1; item <= items; ++item) {
    const auto reply = shop.lookup(item);
    if (!reply) throw std::runtime_error(reply.refusal.code + ": " + reply.refusal.message);
  }
  std::vector<Measured> all(threads);
  std::vector<std::thread> running;
  const auto began = Clock::now();
  const auto end = began + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  for (unsigned i = 0; i < threads; ++i) {
    running.emplace_back([&, i] { all[i] = look_up(shop, items, end, i + 1); });
  }
  for (auto& thread : running) thread.join();
  const double took = std::chrono::duration<double>(Clock::now() - began).count();
  Measured sum;
  for (const auto& one : all) {
    sum.calls += one.calls;
    sum.failed += one.failed;
    sum.micros.insert(sum.micros.end(), one.micros.begin(), one.micros.end());
  }
  std::sort(sum.micros.begin(), sum.micros.end());
  const auto at = [&](double part) {
    return sum.micros[static_cast<std::size_t>(part * static_cast<double>(sum.micros.size() - 1))];
  };
  std::printf("{\"ops_s\": %.0f, \"p50_us\": %.2f, \"p99_us\": %.2f, \"failed\": %llu}\n",
              static_cast<double>(sum.calls) / took, at(0.5), at(0.99), static_cast<unsigned long long>(sum.failed));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: %s BROKER ITEMS THREADS SECONDS\n", argv[0]);
    return 2;
  }
  try {
    return run(argv[1], std::strtoull(argv[2], nullptr, 10), static_cast<unsigned>(std::atoi(argv[3])),
               std::atof(argv[4]));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
