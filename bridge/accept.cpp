#include "bridge/accept.h"

#include <algorithm>
#include <optional>

#include "bridge/http.h"

namespace bridge {
namespace {

constexpr int kWeightMax = 1000;

// Reads "0.85", "1" or ".2", and returns thousandths.
std::optional<int> weight_of(std::string_view text) {
  const auto whole = take_until(text, '.');
  if (whole != "0" && whole != "1" && !(whole.empty() && !text.empty())) return std::nullopt;
  int weight = whole == "1" ? kWeightMax : 0;
  int unit = kWeightMax / 10;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    weight += (c - '0') * unit;
    unit /= 10;
  }
  return std::min(weight, kWeightMax);
}

struct Entry {
  std::string_view value;
  int weight = kWeightMax;
};

// Reads "text/html; level=1; q=0.5".
std::optional<Entry> entry_of(std::string_view text) {
  Entry entry{trimmed(take_until(text, ';'))};
  if (entry.value.empty()) return std::nullopt;
  while (!text.empty()) {
    auto value = take_until(text, ';');
    const auto name = trimmed(take_until(value, '='));
    if (!same_word(name, "q")) continue;
    const auto weight = weight_of(trimmed(value));
    if (!weight) return std::nullopt;
    entry.weight = *weight;
  }
  return entry;
}

template <class See>
void each_entry(std::string_view list, const See& see) {
  while (!list.empty()) {
    if (const auto entry = entry_of(take_until(list, ','))) see(*entry);
  }
}

// How exactly the entry of an Accept header names the type: 3 the type, 2 "text/*", 1 "*/*", 0 not at all.
int match(std::string_view entry, std::string_view type) {
  if (same_word(entry, type)) return 3;
  if (entry == "*" || entry == "*/*") return 1;
  const bool is_range = entry.size() > 2 && entry.substr(entry.size() - 2) == "/*";
  const auto begin = entry.substr(0, entry.size() - 1);
  return is_range && same_word(begin, type.substr(0, begin.size())) ? 2 : 0;
}

}  // namespace

bool accepts(std::string_view accept, std::string_view type) {
  const auto plain = trimmed(take_until(type, ';'));
  bool has_entries = false;
  int best = 0;
  int weight = 0;
  each_entry(accept, [&](const Entry& entry) {
    has_entries = true;
    const int matched = match(entry.value, plain);
    if (matched > best) weight = entry.weight;
    if (matched == best && matched > 0) weight = std::max(weight, entry.weight);
    best = std::max(best, matched);
  });
  return !has_entries || weight > 0;
}

bool wants_gzip(std::string_view accept_encoding) {
  std::optional<int> gzip, any, identity;
  each_entry(accept_encoding, [&](const Entry& entry) {
    if (same_word(entry.value, "gzip") || same_word(entry.value, "x-gzip")) gzip = entry.weight;
    if (entry.value == "*") any = entry.weight;
    if (same_word(entry.value, "identity")) identity = entry.weight;
  });
  const int wanted = gzip.value_or(any.value_or(0));
  return wanted > 0 && wanted >= identity.value_or(0);
}

}  // namespace bridge
