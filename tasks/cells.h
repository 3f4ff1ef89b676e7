// A cell of a file that lists several texts: what separates them is escaped with a backslash where a text has it.
//
// Threads: none. Tests: tests/tasks/places_test.cpp, tests/tasks/details_test.cpp.
#pragma once

#include <string>
#include <string_view>

namespace tasks {

// Returns the text with a backslash before each of its backslashes and of these characters.
std::string escaped(std::string_view text, std::string_view marks);

// Takes the text up to the first of these characters that is not escaped off the cell, and the character, too. `end`:
// that character; 0 at the end of the cell.
std::string take_until(std::string_view& cell, std::string_view ends, char& end);

}  // namespace tasks
