// `pygmy keys`: the keys of a store.
#pragma once

namespace CLI {
class App;
}

namespace cli {

// Adds keys. The command that is chosen stores its exit code in `exit_code`.
void add_keys_command(CLI::App& app, int& exit_code);

}  // namespace cli
