// The commands that talk to a store. One file says how each is called (commands.cpp), one header what each does
// (tasks.h).
#pragma once

namespace CLI {
class App;
}

namespace cli {

// Adds them; the one that is chosen stores its exit code.
void add_client_commands(CLI::App& app, int& exit_code);

}  // namespace cli
