// folded: the form in which texts are compared "without case".
//
// Two texts are equal without case if Unicode's canonical caseless matching says so (definition D145): composed and
// decomposed characters are equal, and so are all that full case folding makes equal (`ß` and `ss`, `Σ`, `σ` and `ς`).
// No language's own rules are used: `I` is equal to `i`, not to `ı`.
//
// Titles, topics and customers are compared in this form, in every process. It is never part of an event. A view keeps
// it beside rules(). A decision rests on it where a customer is compared: the writer alone decides, so other rules in
// another process change nothing.
// Threads: any. Tests: tests/text/fold_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace text {

// Bytes that are not UTF-8 stay as they are.
std::string folded(std::string_view text);

// Names the rules of folded() and of text/words.h, with the versions of ICU and Unicode. Forms that other rules made
// must be made anew before they are compared with ours.
std::string rules();

}  // namespace text
