// The whole command line of `pygmy`: all commands, grouped by purpose, with the rules that hold for every one of them:
//
// * No option and no argument is empty: a script whose variable is not set must not order without its key.
// * Every command takes --config and --log-level.
// * `pygmy help COMMAND` is `pygmy COMMAND --help`.
//
// Tests: tests/cli/program_test.cpp, tests/process/test_command_line.py.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace cli {

// Adds all commands to `app`. The command that is chosen stores its exit code in `exit_code`.
void build(CLI::App& app, int& exit_code);

// Throws CLI::ParseError if an argument is `--name=`. CLI11 would take the next argument for the value.
void refuse_empty_assignments(const std::vector<std::string>& arguments);

// Returns what is wrong with a command line that `app` refused with `error`, and the word that a mistyped one was
// probably meant to be.
// `arguments`: that command line, in its order.
std::string complaint_about(const CLI::App& app, const CLI::ParseError& error,
                            const std::vector<std::string>& arguments);

// All words that `command` can be followed by: its commands, and its options with their dashes.
std::vector<std::string> words_after(const CLI::App& command);

}  // namespace cli
