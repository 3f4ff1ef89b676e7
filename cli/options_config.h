// Options from the environment and from the TOML file (cli/options.h).
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace cli {

constexpr const char* kConfig = "--config";
constexpr const char* kPrintConfig = "--print-config";

// Makes every option of the command a setting: it gets its PYGMY_ variable, and may be in the file. If an option has
// several long names, the last one names the setting. Call it after the last option is added.
void name_environment(CLI::App& command);
// The same for these options alone, of those that the command has.
void name_environment(CLI::App& command, const std::vector<std::string>& names);

// Returns the variable that sets an option of the command; empty if there is none.
std::string variable_of(const CLI::App& command, const CLI::Option& option);

// Returns the complaint `text` with each option whose value came from the environment named by its variable.
// `arguments`: the command line, whose options take precedence.
std::string with_variables_named(const CLI::App& command, const std::vector<std::string>& arguments, std::string text);

// Returns the command of `app` with this name, or null.
CLI::App* command_named(CLI::App& app, const std::string& name);

// Returns whether the command takes --config.
bool takes_config(const CLI::App& command);

// Prints the options of a parsed command as a table of the TOML file.
void print_config(const CLI::App& command);

}  // namespace cli
