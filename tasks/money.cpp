#include "tasks/money.h"

#include <fmt/format.h>

#include <charconv>

#include "msg/types.h"

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

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text) { return parse<std::uint64_t>(text); }

std::optional<std::int64_t> parse_signed(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return parse<std::int64_t>(text);
}

base::Result<base::Cents> parse_money(std::string_view text) {
  const auto wrong = base::fail(fmt::format("'{}' is not an amount: write 25 or 25.99", text));
  const auto point = text.find('.');
  const auto units = parse_number(text.substr(0, point));
  std::uint64_t hundredths = 0;
  if (point != std::string_view::npos) {
    auto decimals = std::string(text.substr(point + 1));
    if (decimals.empty() || decimals.size() > 2) return wrong;
    if (decimals.size() == 1) decimals += '0';
    const auto parsed = parse_number(decimals);
    if (!parsed) return wrong;
    hundredths = *parsed;
  }
  if (!units) return wrong;
  constexpr auto kUnitsMax = static_cast<std::uint64_t>(msg::kPriceMaxCents) / 100;
  if (*units > kUnitsMax || *units * 100 + hundredths > static_cast<std::uint64_t>(msg::kPriceMaxCents)) {
    return base::fail(fmt::format("'{}' is too much: a price is at most {}.00", text, kUnitsMax));
  }
  return base::Cents(static_cast<std::int64_t>(*units * 100 + hundredths));
}

std::string money(base::Cents cents) {
  const auto value = cents.value();
  const auto positive = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  return fmt::format("{}{}.{:02}", value < 0 ? "-" : "", positive / 100, positive % 100);
}

}  // namespace tasks
