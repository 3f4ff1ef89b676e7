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
  // between processes only
  kNotWriter,  // another replica decides; this one may have decided the request before, and the journal may have it
  kFenced,     // the epoch is over
  kSkipped,    // a producer number is missing
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
constexpr bool is_bad_request(Code code) { return code >= Code::kMalformed && code <= Code::kUnsupportedVersion; }

// How much a refusal says about a write of which several copies may be under way (PROTOCOL 5.1, ADR 22).
enum class Reach : std::uint8_t {
  kEveryCopy,  // no copy has an effect: the request's bytes say so, or what its key did
  kThisCopy,   // this copy had no effect, another one may: final if there is no other, or once the key is void
  kThisTry,    // as kThisCopy, but no answer to the request: with other copies under way it decides nothing
  kNothing     // even this copy may have had its effect
};
constexpr Reach reach(Code code) {
  switch (code) {
    case Code::kKeyReused:
    case Code::kKeyVoided:
    case Code::kMalformed:
    case Code::kInvalid:
      return Reach::kEveryCopy;
    case Code::kOutOfStock:
    case Code::kUnknownItem:
    case Code::kUnknownOrder:
    case Code::kPriceChanged:
    case Code::kItemExists:
    case Code::kLimit:
    case Code::kUnknownType:         // a process of the release before may have got this copy,
    case Code::kUnsupportedVersion:  // one that understands it another
      return Reach::kThisCopy;
    case Code::kBusy:
    case Code::kUnavailable:
      return Reach::kThisTry;
    case Code::kNotWriter:
    case Code::kFenced:
    case Code::kSkipped:
    case Code::kUnknown:
      return Reach::kNothing;
  }
  return Reach::kNothing;
}

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
