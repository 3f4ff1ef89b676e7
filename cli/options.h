// Options of the processes: flag > environment > file > default.
//
// Every option `--some-name` of a process is also PYGMY_SOME_NAME, and `some-name` in the TOML file that --config or
// PYGMY_CONFIG names: at the top of the file for every process that knows it, in [broker], [catalog], [order],
// [frontend], [bridge] or [up] for that one. A key that nobody knows ends the program: a mistyped option must not be
// silently a default.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cli {

// Adds broker, catalog, order, frontend, bridge, up, ps and health. The one that is chosen stores its exit code.
void add_process_commands(CLI::App& app, int& exit_code);

// Makes the file's settings the defaults of the process that `arguments` chose. Call before parsing.
// Errors: CLI::ParseError with the place in the file.
void apply_config_file(CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace cli
