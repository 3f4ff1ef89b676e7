#include "tasks/money.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "msg/currency.h"

namespace tasks {
namespace {

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

constexpr std::uint32_t kDigits = 2;  // without a currency

std::uint32_t digits_of(const Currency& currency) {
  return currency ? std::min(currency->digits, msg::kCurrencyDigitsMax) : kDigits;
}

std::uint64_t power_of_ten(std::uint32_t digits) {
  std::uint64_t power = 1;
  for (std::uint32_t i = 0; i < digits; ++i) power *= 10;
  return power;
}

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) { return parse<std::uint64_t>(text); }

std::optional<std::int64_t> parse_signed(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return parse<std::int64_t>(text);
}

base::Result<base::Cents> parse_money(std::string_view text, const Currency& currency) {
  const auto digits = digits_of(currency);
  const auto wrong =
      base::fail(digits == 0 ? fmt::format("'{}' is not an amount in {}: write 25", text, currency->code)
                             : fmt::format("'{}' is not an amount: write 25 or 25.{}", text, std::string(digits, '9')));
  const auto point = text.find('.');
  const auto units = parse_number(text.substr(0, point));
  std::uint64_t minor = 0;
  if (point != std::string_view::npos) {
    auto decimals = std::string(text.substr(point + 1));
    if (decimals.empty() || decimals.size() > digits) return wrong;
    decimals.resize(digits, '0');
    const auto parsed = parse_number(decimals);
    if (!parsed) return wrong;
    minor = *parsed;
  }
  if (!units) return wrong;
  constexpr auto kMax = static_cast<std::uint64_t>(msg::kPriceMaxCents);
  const auto unit = power_of_ten(digits);
  if (*units > kMax / unit || *units * unit + minor > kMax) {
    return base::fail(fmt::format("'{}' is too much: a price is at most {}", text,
                                  money(base::Cents(msg::kPriceMaxCents), currency)));
  }
  return base::Cents(static_cast<std::int64_t>(*units * unit + minor));
}

std::string money(base::Cents cents, const Currency& currency) {
  const auto digits = digits_of(currency);
  const auto unit = power_of_ten(digits);
  const auto value = cents.value();
  const auto positive = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  const auto whole = fmt::format("{}{}", value < 0 ? "-" : "", positive / unit);
  return digits == 0 ? whole : fmt::format("{}.{:0{}}", whole, positive % unit, digits);
}

std::string priced(base::Cents cents, const Currency& currency) {
  const auto amount = money(cents, currency);
  return currency ? fmt::format("{} {}", amount, currency->code) : amount;
}

}  // namespace tasks
