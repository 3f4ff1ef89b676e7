// Load: `pygmy bench`.
#pragma once

#include <optional>
#include <string>

#include "tasks/tasks.h"

namespace load {

// Reads use the items of the store and change nothing. `buy` and `mix` use items of the topic `bench` (tasks/goods.h),
// unless they are told to sell those of the store.
struct BenchTask {
  std::string op = "lookup";  // lookup, search, buy, order, events, mix
  bool items_of_the_store = false;
  bool yes = false;
  bool changes = false;              // a mix changes items of the store, too
  std::size_t lines = 1;             // of each buy
  std::string items = "uniform";     // or zipf, or hot: the first item alone
  unsigned clients = 8;              // of all processes
  std::optional<unsigned> inflight;  // requests under way for each client; none: 1, or kOpenInflight with a rate
  std::optional<double> rate;        // requests a second of all processes together; none: a closed loop
  double warmup = 0;                 // seconds
  double seconds = 5;
  std::optional<std::uint64_t> requests;  // so many of all processes together, instead of `seconds`
  unsigned processes = 1;
  std::uint64_t trace_every = 100;  // 0: none
  std::optional<std::uint32_t> stale_ok_ms;
  std::string record;  // file for all requests and answers; empty: none
};
constexpr unsigned kOpenInflight = 128;

int bench(const tasks::Common& common, const BenchTask& task);

}  // namespace load
