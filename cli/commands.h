// The commands that talk to a store. commands.cpp describes their command lines, tasks/tasks.h and books/books.h say
// what they do.
#pragma once

namespace CLI {
class App;
}

namespace cli {

// Adds the commands to `app`. The command that is chosen stores its exit code in `exit_code`.
void add_client_commands(CLI::App& app, int& exit_code);

}  // namespace cli
