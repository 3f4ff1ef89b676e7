// Options from the environment and from the TOML file (cli/options.h).
#pragma once

#include <CLI/CLI.hpp>

namespace cli {

constexpr const char* kConfig = "--config";
constexpr const char* kPrintConfig = "--print-config";

// Gives every option of the command its PYGMY_ variable. Call it after the last option is added.
void name_environment(CLI::App& command);

// Prints the options of a parsed command as a table of the TOML file.
void print_config(const CLI::App& command);

}  // namespace cli
