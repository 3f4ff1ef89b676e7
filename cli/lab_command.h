// The command line of `pygmy lab`.
#pragma once

namespace CLI {
class App;
}

namespace cli {

void add_lab(CLI::App& app, int& exit_code);

}  // namespace cli
