// Refusal: the answer that is not the wished-for one, PROTOCOL 5.
//
// On the wire: the reply header's `err` is the code's word, the body is this struct.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "msg/types.h"

namespace msg {

// The comments say what a class of codes has in common; `facts` has each code's word, class and reach.
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

enum class CodeClass : std::uint8_t { kBusiness, kBadRequest, kElsewhere, kBetweenProcesses, kUnknown };

// How much a refusal says about a write of which several copies may be under way (PROTOCOL 5.1, ADR 22).
enum class Reach : std::uint8_t {
  kEveryCopy,  // no copy has an effect: the request's bytes say so, or what its key did
  kThisCopy,   // this copy had no effect, another one may: final if there is no other, or once the key is void
  kThisTry,    // as kThisCopy, but no answer to the request: with other copies under way it decides nothing
  kNothing     // even this copy may have had its effect
};

struct CodeFacts {
  std::string_view word;  // the reply header's `err`
  CodeClass of;
  Reach reach;
};

// A process of the release before may get one copy of a request that it does not understand, and one that understands
// it another: so `unknown_type` and `unsupported_version` reach one copy only.
constexpr CodeFacts facts(Code code) {
  switch (code) {
    case Code::kOutOfStock:
      return {"out_of_stock", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kUnknownItem:
      return {"unknown_item", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kUnknownOrder:
      return {"unknown_order", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kPriceChanged:
      return {"price_changed", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kItemExists:
      return {"item_exists", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kKeyReused:
      return {"key_reused", CodeClass::kBusiness, Reach::kEveryCopy};
    case Code::kKeyVoided:
      return {"key_voided", CodeClass::kBusiness, Reach::kEveryCopy};
    case Code::kLimit:
      return {"limit", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kMalformed:
      return {"malformed", CodeClass::kBadRequest, Reach::kEveryCopy};
    case Code::kInvalid:
      return {"invalid", CodeClass::kBadRequest, Reach::kEveryCopy};
    case Code::kUnknownType:
      return {"unknown_type", CodeClass::kBadRequest, Reach::kThisCopy};
    case Code::kUnsupportedVersion:
      return {"unsupported_version", CodeClass::kBadRequest, Reach::kThisCopy};
    case Code::kBusy:
      return {"busy", CodeClass::kElsewhere, Reach::kThisTry};
    case Code::kUnavailable:
      return {"unavailable", CodeClass::kElsewhere, Reach::kThisTry};
    case Code::kNotWriter:
      return {"not_writer", CodeClass::kBetweenProcesses, Reach::kNothing};
    case Code::kFenced:
      return {"fenced", CodeClass::kBetweenProcesses, Reach::kNothing};
    case Code::kSkipped:
      return {"skipped", CodeClass::kBetweenProcesses, Reach::kNothing};
    case Code::kUnknown:
      return {"unknown", CodeClass::kUnknown, Reach::kNothing};
  }
  return {{}, CodeClass::kUnknown, Reach::kNothing};  // a number that is not a code says nothing
}
template <>
struct Words<Code> {
  static constexpr std::string_view of(Code code) { return facts(code).word; }
};

constexpr std::optional<Code> code_of(std::string_view text) { return from_word<Code>(text); }
constexpr bool is_business(Code code) { return facts(code).of == CodeClass::kBusiness; }
constexpr bool is_bad_request(Code code) { return facts(code).of == CodeClass::kBadRequest; }
constexpr Reach reach(Code code) { return facts(code).reach; }

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
