// Refusal: the answer that is not the wished-for one, PROTOCOL 5.
//
// On the wire: the reply header's `err` is the code's word, the body is this struct.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "msg/types.h"

namespace msg {

enum class Code : std::uint8_t {
  // business: nothing happened, and asking again will not help until the shop changes
  kOutOfStock,
  kUnknownItem,
  kUnknownOrder,
  kPriceChanged,
  kItemExists,
  kKeyReused,  // the key was used with another body
  kKeyVoided,  // `outcome` was asked for this key before it did anything
  kLimit,      // the result would pass a limit of the protocol (stock too high)
  // the request is wrong
  kMalformed,
  kInvalid,
  kUnknownType,
  kUnsupportedVersion,
  // nothing happened; another time or another place
  kBusy,
  kUnavailable,
  kNotWriter,  // between processes only
  kFenced,     // between processes only: the epoch is over
  kSkipped,    // between processes only: a producer number is missing
  // it is not known what happened: ask for the outcome of the key
  kUnknown,
};
template <>
struct Words<Code> {
  static constexpr std::array<std::string_view, 18> kWords{
      "out_of_stock", "unknown_item", "unknown_order", "price_changed", "item_exists",  "key_reused",
      "key_voided",   "limit",        "malformed",     "invalid",       "unknown_type", "unsupported_version",
      "busy",         "unavailable",  "not_writer",    "fenced",        "skipped",      "unknown"};
};

constexpr std::optional<Code> code_of(std::string_view text) {
  for (std::size_t i = 0; i < Words<Code>::kWords.size(); ++i) {
    if (Words<Code>::kWords[i] == text) return static_cast<Code>(i);
  }
  return std::nullopt;
}

constexpr bool is_business(Code code) { return code <= Code::kLimit; }
// A business refusal that another copy of the same request may not meet: the shop changes, what a key did does not.
constexpr bool may_change(Code code) {
  return is_business(code) && code != Code::kKeyReused && code != Code::kKeyVoided;
}
constexpr bool is_bad_request(Code code) { return code >= Code::kMalformed && code <= Code::kUnsupportedVersion; }

struct Refusal {
  Code code = Code::kMalformed;              // travels in the header
  std::string message;                       // for people: what is wrong and what to do
  std::optional<ItemId> item;                // the item it is about
  std::optional<Quantity> stock;             // what is left of it (out_of_stock)
  std::optional<Cents> price;                // what it costs now (price_changed)
  std::optional<base::ProducerNo> expected;  // the producer number wanted (skipped)
  static constexpr auto fields() {
    return std::tuple(field("message", &Refusal::message), field("item", &Refusal::item),
                      field("stock", &Refusal::stock), field("price", &Refusal::price),
                      field("expected", &Refusal::expected));
  }
};

}  // namespace msg
