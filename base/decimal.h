// Numbers as people write them: digits, and nothing else.
// Threads: none. Tests: tests/base/decimal_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace base {

// Nothing if `text` has another character than a digit, is empty, or names a number beyond 64 bits.
std::optional<std::uint64_t> decimal(std::string_view text);

}  // namespace base
