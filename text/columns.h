// How wide a text is on a terminal: most characters take one column, wide ones (Han, kana, Hangul, emoji) two, and
// marks that are put upon another character none. The width is Unicode's East_Asian_Width; ambiguous characters take
// one.
//
// The text must be valid UTF-8 without control characters, as base::shown() makes it. Threads: any.
// Tests: tests/text/columns_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace text {

std::size_t columns_of(std::string_view text);

// Returns the text if it takes at most `columns`. Otherwise it returns its beginning, which ends with "…". 0 columns:
// an empty text.
std::string cut(std::string_view text, std::size_t columns);

// cut() with spaces after it, so that it takes exactly `columns`.
std::string filled(std::string_view text, std::size_t columns);

}  // namespace text
