// The command line of demo.
#pragma once

namespace CLI {
class App;
}

namespace cli {

void add_demo(CLI::App& app, int& exit_code);

}  // namespace cli
