// Reads and writes money and numbers for people, without floats.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace tasks {

// Returns "25.99", "25.9" or "25" as cents. The text has at most two decimals, no sign and no exponent.
base::Result<base::Cents> parse_money(std::string_view text);
std::string money(base::Cents cents);  // "25.99"

// Returns the decimal number that `text` is as a whole, or nothing. Only parse_signed accepts "+5" and "-5".
std::optional<std::uint64_t> parse_number(std::string_view text);
std::optional<std::int64_t> parse_signed(std::string_view text);

}  // namespace tasks
