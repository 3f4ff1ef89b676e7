// Manual pages (roff, man(7)), made from the commands and options of the program, so that they cannot miss any. The
// page of a command names the pages of its commands, so all pages can be found from that of `pygmy`. Tests:
// tests/cli/man_test.cpp
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace cli {

// `words`: the command as it is typed, like "pygmy stream trim".
std::string man_page(const CLI::App& command, const std::string& words);

}  // namespace cli
