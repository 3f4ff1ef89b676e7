// Text from outside that people will read: checks it, and makes it fit to be shown.
//
// A control character can end a line, command a terminal, or change the order in which other characters are shown. The
// control characters are C0, DEL and C1, the separators of lines and paragraphs (U+2028, U+2029), and those of
// Unicode's property Bidi_Control. Tests: tests/base/text_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace base {

// Returns why `text` is not valid UTF-8 without control characters, as a predicate; nothing if it is.
std::optional<std::string_view> fault_of_text(std::string_view text);
// The same of a text of several lines: it may have the character that ends a line (U+000A).
std::optional<std::string_view> fault_of_lines(std::string_view text);

// Returns whether `text`, which is valid UTF-8, begins or ends with a character that Unicode calls a space
// (White_Space).
bool has_space_at_an_end(std::string_view text);

// Returns the text for a terminal or a line of a log: control characters become \uXXXX, and bytes that are not UTF-8
// become U+FFFD. In a JSON text, which has control characters only within its strings, this changes no value.
std::string shown(std::string_view text);

}  // namespace base
