#include "tasks/terms.h"

#include <fmt/format.h>

#include <limits>
#include <vector>

#include "base/time_text.h"
#include "tasks/moment.h"
#include "tasks/money.h"

namespace tasks {
namespace {

std::optional<std::int64_t> read_number(std::string_view text) {
  const auto number = parse_number(text);
  if (!number || *number > static_cast<std::uint64_t>(msg::kTermsWindowMsMax)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<std::int64_t> read_window(std::string_view text) {
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto number = read_number(text.substr(0, digits));
  for (const auto& unit : base::kSpanUnits) {
    if (number && unit.name == text.substr(digits)) return *number * unit.milliseconds;  // at most 3e10 * 9e7
  }
  return std::nullopt;
}

std::optional<std::int64_t> read_instant(std::string_view text) {
  const auto at = parse_begin(text);
  return at ? std::optional(*at) : std::nullopt;
}

// Sets the rule that the word names. Returns what is wrong with the word, or an empty text.
std::string take(msg::Terms& terms, std::string_view word) {
  const auto equals = std::min(word.find('='), word.size());
  const auto name = word.substr(0, equals);
  const auto value = word.substr(std::min(equals + 1, word.size()));
  const auto set = [&](auto& rule, const auto& read, std::string_view form) {
    if (rule) return fmt::format("{} comes twice", name);
    if (!read) return fmt::format("'{}' is not right: write {}={}", word, name, form);
    rule = typename std::decay_t<decltype(rule)>::value_type(*read);
    return std::string();
  };
  if (name == "per_order") return set(terms.per_order, read_number(value), "N");
  if (name == "per_customer") return set(terms.per_customer, read_number(value), "N");
  if (name == "window") return set(terms.window, read_window(value), "24h");
  if (name == "from") return set(terms.from, read_instant(value), "2026-12-01T08:00Z");
  if (name == "until") return set(terms.until, read_instant(value), "2026-12-24T18:00Z");
  return fmt::format("'{}' is none of per_order=N, per_customer=N, window=24h, from=TIME and until=TIME", word);
}

}  // namespace

std::string text_of(const msg::Terms& terms) {
  std::vector<std::string> parts;
  if (terms.per_order) parts.push_back(fmt::format("at most {} in an order", *terms.per_order));
  if (terms.per_customer) {
    parts.push_back(fmt::format("at most {} for each customer in {}", *terms.per_customer,
                                base::span_text(terms.window.value_or(0))));
  }
  if (terms.from) parts.push_back("for sale from " + base::instant_text(*terms.from));
  if (terms.until) parts.push_back("for sale until " + base::instant_text(*terms.until));
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string cell_of(const msg::Terms& terms) {
  std::vector<std::string> words;
  if (terms.per_order) words.push_back(fmt::format("per_order={}", *terms.per_order));
  if (terms.per_customer) words.push_back(fmt::format("per_customer={}", *terms.per_customer));
  if (terms.window) words.push_back("window=" + base::span_text(*terms.window));
  if (terms.from) words.push_back("from=" + base::instant_text(*terms.from));
  if (terms.until) words.push_back("until=" + base::instant_text(*terms.until));
  return fmt::format("{}", fmt::join(words, " "));
}

base::Result<msg::Terms> read_terms(std::string_view cell) {
  msg::Terms terms;
  while (!cell.empty()) {
    const auto end = std::min(cell.find(' '), cell.size());
    const auto word = cell.substr(0, end);
    cell.remove_prefix(std::min(end + 1, cell.size()));
    if (word.empty()) continue;
    if (auto wrong = take(terms, word); !wrong.empty()) return base::fail(std::move(wrong));
  }
  return terms;
}

}  // namespace tasks
