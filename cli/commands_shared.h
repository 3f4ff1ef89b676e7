// What the descriptions of several commands have in common.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/tasks.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

// Options that every client command has, and the values that it fills in when it runs.
struct Shared {
  std::vector<std::string> frontends;
  std::uint64_t timeout_ms = 5000;
  bool json = false;

  Common common() const { return {frontends, std::chrono::milliseconds(timeout_ms), json}; }
};
void add_shared_options(CLI::App& command, Shared& shared);

// "5s", "500ms", "1m" become milliseconds.
CLI::Option* as_duration(CLI::Option* option);

}  // namespace cli
