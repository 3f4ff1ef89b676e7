// The options of the processes. A flag overrides the environment, which overrides the file, which overrides the
// default.
//
// An option `--some-name` can also be set by the variable PYGMY_SOME_NAME, and by the key `some-name` in the TOML file
// that --config or PYGMY_CONFIG names. At the top of the file a key is for every command that knows it. In [broker],
// [catalog], [order], [frontend], [bridge], [node] or [up] it is for that process only, and the same holds for the
// table of any other command. Of the commands other than processes only the options that tell where a store is can be
// set so. A key that no command knows ends the program, because a mistyped option must not silently have its default.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cli {

// Adds up, ps and logs. The command that is chosen stores its exit code in `exit_code`.
void add_store_commands(CLI::App& app, int& exit_code);
// The same for broker, catalog, order, frontend, bridge, node and health.
void add_process_commands(CLI::App& app, int& exit_code);

// Makes the file's settings the defaults of the command that `arguments` names. Call it before parsing.
// Throws CLI::ParseError with the place in the file.
void apply_config_file(CLI::App& app, const std::vector<std::string>& arguments);

}  // namespace cli
