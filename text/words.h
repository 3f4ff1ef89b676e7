// The words of a title, and those of a search: what "every word of the search is in the title" means.
//
// A word is a run of letters, marks and digits; every other character separates two words. Words are compared without
// case (fold.h), without diacritical marks, and without the difference between compatible characters (wide and narrow
// letters, ligatures). A word of a search must be a word of the title or the beginning of one.
//
// Some scripts put no space between words (Han, kana, Hangul, Thai, Lao, Khmer, Burmese, ...). There a word of a search
// may be any part of a run. So each character of such a run begins a term of its own, which holds this character and
// the next one (bigrams). A dictionary would cut a title and a search at different places, and another one in every
// release of ICU.
//
// Threads: any. Tests: tests/text/words_test.cpp
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace text {

// The parts of one word or of several, in their order. A term has no separator, and its ASCII letters are lower case.
using Terms = std::vector<std::string>;

Terms terms_of(std::string_view title);

// One entry for each different word of a search, with at least one term. The terms must follow each other in the
// title's terms, in this order; the last one may be the beginning of a term.
std::vector<Terms> phrases_of(std::string_view search);

}  // namespace text
