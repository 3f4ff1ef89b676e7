// Scripts that complete `pygmy` in a shell. They are made from the commands and options of the program, so that they
// cannot miss any. Tests: tests/process/test_command_line.py.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace cli {

// Returns the script for "bash", "zsh" or "fish".
std::string completion(const CLI::App& app, const std::string& shell);

}  // namespace cli
