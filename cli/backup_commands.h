// The command lines of backup, verify, rescue, restore, stream trim and at. books/books.h says what the commands do.
#pragma once

namespace CLI {
class App;
}

namespace cli {

// Adds the commands to `app`. The command that is chosen stores its exit code in `exit_code`.
void add_backup_commands(CLI::App& app, int& exit_code);

}  // namespace cli
