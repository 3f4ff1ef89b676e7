// Checks of text from outside that people will read.
#pragma once

#include <optional>
#include <string_view>

namespace ledger {

// Returns why `text` is not valid UTF-8 without control characters (C0, DEL, C1), as a predicate; nothing if it is.
std::optional<std::string_view> fault_of_text(std::string_view text);

}  // namespace ledger
