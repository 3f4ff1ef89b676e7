// The help and the manual pages beside the options: the exit codes, the variables of the environment, and types in
// plain words. docs/OPERATIONS.md has the same variables; tests/lint/variables.py compares them with this table and
// with the code. Tests: tests/cli/help_test.cpp
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace cli {

struct ExitStatus {
  int code;
  const char* what;
};
const std::vector<ExitStatus>& exit_statuses();

struct Variable {
  const char* name;
  const char* what;
};
// The variables that the program itself reads, or that several commands have. Beside these each option of a process has
// one (cli/options.h).
const std::vector<Variable>& variables();

// The variables that a command reads, each with its meaning: {"PYGMY_FRONTEND", "As --frontend."}.
std::vector<std::pair<std::string, std::string>> variables_of(const CLI::App& command);

// Gives `app` the formatter of its help. The commands that are added afterwards have it, too.
void add_help_format(CLI::App& app);
// Has the help show the types of the command's options in plain words. Call it after the last option is added.
void name_types(CLI::App& command);

}  // namespace cli
