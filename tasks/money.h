// Reads and writes money and numbers for people, without floats.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "msg/types.h"

namespace tasks {

// The currency of a store. Without one, amounts have two decimals.
using Currency = std::optional<msg::Currency>;

// Returns "25.99", "25.9" or "25" as minor units of the currency. The text has at most the decimals of the currency, no
// sign and no exponent.
base::Result<base::Cents> parse_money(std::string_view text, const Currency& currency = {});
std::string money(base::Cents cents, const Currency& currency = {});  // "25.99"
std::string priced(base::Cents cents, const Currency& currency);      // "25.99 EUR"

// Returns the decimal number that `text` is as a whole, or nothing. Only parse_signed accepts "+5" and "-5".
std::optional<std::uint64_t> parse_number(std::string_view text);
std::optional<std::int64_t> parse_signed(std::string_view text);

}  // namespace tasks
