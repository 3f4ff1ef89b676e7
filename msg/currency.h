// The currencies of ISO 4217 that a store may have.
//
// Threads: none. Tests: tests/msg/currency_test.cpp.
#pragma once

#include <optional>
#include <string_view>

#include "msg/types.h"

namespace msg {

constexpr std::uint32_t kCurrencyDigitsMax = 4;

// Returns the currency with this code and the digits that ISO 4217 gives it; nothing for an unknown code.
std::optional<Currency> currency_of(std::string_view code);

// Says whether a currency that came from outside can be shown: three letters A to Z, and at most kCurrencyDigitsMax
// digits. Its code may be newer than this release.
bool is_sound(const Currency& currency);

}  // namespace msg
