// Options that take a list: `--brokers A --brokers B`, or `--brokers A,B`.
//
// A comma separates two entries, unless it is in the path of an ipc endpoint: there it does so only if an endpoint
// follows, as in "ipc:///a,ipc:///b". So every path can be named: none needs two slashes in a row. A list that a
// program puts together (the arguments of the children of `up`, an array in the TOML file) is never separated by
// commas.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace cli {

// Between the entries of an array of the TOML file. No entry holds it.
constexpr char kListSeparator = '\n';

// The entries of a list as it is written in one argument, one environment variable or one setting.
std::vector<std::string> split_list(const std::string& text);
// The entries of a list that is given in several of them.
std::vector<std::string> split_lists(const std::vector<std::string>& texts);

// An option whose entries `check` accepts. `entries` lives as long as the command.
CLI::Option* add_list(CLI::App& command, const std::string& name, std::vector<std::string>& entries,
                      const CLI::Validator& check, const std::string& what);

// Whether add_list made it.
bool is_list(const CLI::Option& option);

}  // namespace cli
