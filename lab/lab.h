// `pygmy lab`: the experiments that university labs published for such stores, made on this one.
//
// The command makes them on a store of its own, which it starts in a temporary directory and ends afterwards, or on a
// store that runs already. There it sells only items of the topic `bench` (tasks/goods.h), and makes only the
// experiments that kill nothing. It prints tables, and writes them as CSV, plots and one HTML page into a directory.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/core.h"

namespace lab {

struct Title {
  char letter;
  std::string_view name;
  bool on_any_store;  // false: only on a store of its own
};

inline constexpr auto kTitles = std::to_array<Title>({
    {'a', "time of each request in each tier", true},
    {'b', "look-up, then buy with probability p", true},
    {'c', "hit, buy, then miss on the same item", true},
    {'d', "what a consistent cache costs a buy", true},
    {'e', "buys while processes are killed", false},
    {'f', "which replica answers each request", false},
    {'g', "random clients and a restocker", false},
    {'h', "what a small cache holds", false},
});

struct LabTask {
  std::string letters;                    // the experiments; empty: all
  std::vector<base::Endpoint> frontends;  // of the store; empty: a store of its own
  unsigned port_base = 7500;              // of its own store
  unsigned requests = 1000;               // of each kind and client
  std::vector<unsigned> clients{1, 5, 10};
  unsigned cache_items = 4;  // in experiment h
  std::uint64_t seed = 1;    // of the random choices
  std::string output = "pygmy-lab";
  bool json = false;
};

// Returns an exit code of tasks/tasks.h: kDone if the store kept every promise that was checked, kRefused if not.
int run_lab(const LabTask& task);

}  // namespace lab
