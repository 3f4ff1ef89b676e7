// Suggests the word that a mistyped one was meant to be. Tests: tests/cli/suggest_test.cpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

// The number of letters to insert, delete, replace or swap with their neighbour (optimal string alignment) that makes
// `a` from `b`.
std::size_t edit_distance(std::string_view a, std::string_view b);

// Returns the candidate with the least distance from `word`, or an empty string if none is near: a third of the letters
// may be wrong, but at most two of them. A candidate that begins with `word` is near, too.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

// The command that a word of other programs means here, such as "edit ID --retire" for "retire"; empty if there is
// none.
std::string_view meant_by(std::string_view word);

}  // namespace cli
