// backup, verify, rescue, restore, stream trim and at: how they are called. What they do is in cli/backups.h.
#pragma once

namespace CLI {
class App;
}

namespace cli {

// Adds them; the one that is chosen stores its exit code.
void add_backup_commands(CLI::App& app, int& exit_code);

}  // namespace cli
