// Rules: what docs/PROTOCOL.md says of a request by itself, written anew from the page: the checker shares no rule with
// the store that it checks.
//
// Case is compared for ASCII only. The page does not say how letters beyond ASCII compare without case, and views may
// change in that; so whether such texts match is unclear unless they are equal, and nothing is concluded from it.
//
// Threads: none. Tests: tests/history/asked_test.cpp, tests/history/searches_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "history/operation.h"

namespace history {

enum class Truth { kNo, kYes, kUnclear };

// PROTOCOL 3: values are within their limits, and the fields go together. Unclear: it has text beyond ASCII, which may
// be broken UTF-8, and a record does not keep that.
Truth is_valid(const Request& request);
// PROTOCOL 4: the section of the request lists this refusal, or it is one that any request can get.
bool may_be_refused_with(const Request& request, msg::Code code);

// ASCII letters become lower case.
std::string folded(std::string_view text);
// Equal without case.
Truth same_text(std::string_view a, std::string_view b);
// The search finds an item with this title and this topic. A word is a run of letters and digits.
Truth matches(const msg::Search& search, std::string_view title, std::string_view topic);

}  // namespace history
