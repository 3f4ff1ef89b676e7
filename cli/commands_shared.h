// Options that several commands share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/options_checks.h"
#include "tasks/tasks.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace cli {

// The values of the options that every client command has.
struct Shared {
  std::vector<std::string> frontends;
  std::uint64_t timeout_ms = 5000;
  bool json = false;

  std::string token_file;

  // Throws CLI::ValidationError if the file with the token cannot be used.
  tasks::Common common() const;
};
void add_shared_options(CLI::App& command, Shared& shared);
// Two of them, for commands that have the others with other meanings.
CLI::Option* add_frontends(CLI::App& command, Shared& shared, const char* what);
void add_token_file(CLI::App& command, Shared& shared);

// Reads the token in this file. Throws CLI::ValidationError if it has none.
std::string token_of(const std::string& file);

// The options that name the item of a lookup.
void add_item(CLI::App& command, tasks::LookupTask& task);

// Adds --key.
void add_key(CLI::App& command, std::string& key);

// Makes `option` accept durations like "5s", "500ms" and "1m" within the bounds, and store milliseconds.
CLI::Option* as_duration(CLI::Option* option, std::uint64_t least_ms = 0, std::uint64_t most_ms = kNoBound);

}  // namespace cli
