// Rules: checks of a single request or text. They are written anew from docs/PROTOCOL.md, because the checker must not
// share a rule with the store that it checks.
//
// Only the comparison of texts without case is the store's own (text/fold.h), because PROTOCOL takes it from Unicode.
// The words of texts beyond ASCII depend on the release of Unicode that a replica has. So it is unclear whether such
// texts match, and the checker draws no conclusion from it.
//
// Threads: none. Tests: tests/history/asked_test.cpp, tests/history/searches_test.cpp
#pragma once

#include <string>
#include <string_view>

#include "history/operation.h"

namespace history {

enum class Truth { kNo, kYes, kUnclear };

// PROTOCOL 3: the values are within their limits, and the fields fit together. kUnclear: a text goes beyond ASCII. The
// client may have sent broken UTF-8, which a record does not keep.
Truth is_valid(const Request& request);
// PROTOCOL 4: the section of the request lists this refusal, or any request can get it.
bool may_be_refused_with(const Request& request, msg::Code code);

// Compares without case.
bool same_text(std::string_view a, std::string_view b);
// kYes if the search finds an item with this title and this topic. A word is a run of letters and digits.
Truth matches(const msg::Search& search, std::string_view title, std::string_view topic, const msg::Topics& topics);

}  // namespace history
