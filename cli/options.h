// The options of the processes. A flag overrides the environment, which overrides the file, which overrides the
// default.
//
// An option `--some-name` can also be set by the variable PYGMY_SOME_NAME, and by the key `some-name` in the TOML file
// that --config or PYGMY_CONFIG names. At the top of the file a key is for every process that knows it. In [broker],
// [catalog], [order], [frontend], [bridge], [node] or [up] it is for that process only. A key that no process knows
// ends the program, because a mistyped option must not silently have its default.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cli {

// Adds broker, catalog, order, frontend, bridge, node, up, ps and health. The command that is chosen stores its exit
// code in `exit_code`.
void add_process_commands(CLI::App& app, int& exit_code);

// Makes the file's settings the defaults of the process that `arguments` names. Call it before parsing.
// Throws CLI::ParseError with the place in the file.
void apply_config_file(CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace cli
