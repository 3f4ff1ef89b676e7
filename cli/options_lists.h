// Options that take a list: `--brokers A --brokers B`, or `--brokers A,B`.
//
// A comma separates two entries. In the path of an ipc endpoint a comma separates only if an endpoint follows, as in
// "ipc:///a,ipc:///b". So every path can be written, because no path needs two slashes in a row. A list that a program
// builds (the arguments of the children of `up`, an array in the TOML file) is never separated by commas.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace cli {

// Separates the entries of an array of the TOML file. No entry holds it.
constexpr char kListSeparator = '\n';

// Returns the entries of a list that is written in one argument, one environment variable or one setting.
std::vector<std::string> split_list(const std::string& text);
// Returns the entries of a list that is written in several arguments.
std::vector<std::string> split_lists(const std::vector<std::string>& texts);

// Adds a list option. `check` must accept every entry. `entries` must live as long as the command.
CLI::Option* add_list(CLI::App& command, const std::string& name, std::vector<std::string>& entries,
                      const CLI::Validator& check, const std::string& what);

// Returns whether add_list made the option.
bool is_list(const CLI::Option& option);

}  // namespace cli
