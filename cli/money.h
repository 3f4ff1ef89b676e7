// Money and numbers as people write them; no floats anywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"

namespace cli {

// "25.99", "25.9", "25" -> hundredths. At most two decimals, no sign, no exponent.
base::Result<base::Cents> parse_money(std::string_view text);
std::string money(base::Cents cents);  // "25.99"

// All of `text` is one number in decimal; "+5" and "-5" are for signed ones.
std::optional<std::uint64_t> parse_number(std::string_view text);
std::optional<std::int64_t> parse_signed(std::string_view text);

}  // namespace cli
