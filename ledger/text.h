// Text from outside: what may be in a field that people read.
#pragma once

#include <optional>
#include <string_view>

namespace ledger {

// Why `text` is not valid UTF-8 without control characters (C0, DEL, C1), as a half sentence; nothing if it is.
std::optional<std::string_view> fault_of_text(std::string_view text);

}  // namespace ledger
