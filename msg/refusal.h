// Refusal: an answer that says that the request was not carried out, and why, PROTOCOL 5.
//
// On the wire: the reply header's `err` is the code's word, the body is this struct.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "msg/types.h"

namespace msg {

// The comments describe the classes of codes; `facts` has each code's word, class and reach.
enum class Code : std::uint8_t {
  // business: nothing happened, and a repetition does not help until the shop changes
  kOutOfStock,
  kUnknownItem,
  kNotForSale,  // the item is retired, or its terms do not allow its sale at this time
  kUnknownOrder,
  kPriceChanged,
  kVersionChanged,
  kItemExists,
  kMoreThanRemains,  // of an order: fewer pieces of the item are left to be cancelled; of a hold: it has fewer
  kNothingRemains,   // of an order: there is nothing left to be cancelled
  kUnknownHold,
  kHoldOver,   // the hold was confirmed or released, or has expired
  kKeyReused,  // the key was used with another body
  kKeyVoided,  // `outcome` voided this key before it had an effect
  kLimit,      // the result would pass a limit of the protocol (stock too high), or of the item's terms of sale
  kUnknownSubscription,
  kUnauthenticated,  // the client has no valid credential, and the request needs one
  kUnknownCredential,
  kUnknownPlace,  // no item has pieces at the place, and the request does not open it
  // the request is wrong
  kMalformed,
  kInvalid,
  kUnknownType,
  kUnsupportedVersion,
  kForbidden,  // the sender's key, or the client's credential, does not have the role that the request needs
  // nothing happened; a repetition later or at another process may succeed
  kBusy,
  kUnavailable,
  // only between processes
  kNotWriter,  // another replica decides; this one may have decided the request before, and the journal may hold that
  kFenced,     // the epoch has ended
  kSkipped,    // a producer number is missing
  // it is not known whether the request took effect: ask for the outcome of the key
  kUnknown,
};

enum class CodeClass : std::uint8_t { kBusiness, kBadRequest, kElsewhere, kBetweenProcesses, kUnknown };

// How much a refusal says about a write that was sent in several copies (PROTOCOL 5.1, ADR 22).
enum class Reach : std::uint8_t {
  kEveryCopy,  // no copy has an effect: this follows from the request's bytes, or from the effect of its key
  kThisCopy,  // this copy had no effect, another one may have; final if there is no other copy, or once the key is void
  kThisTry,   // as kThisCopy, but it does not answer the request; while other copies are under way, it decides nothing
  kNothing    // even this copy may have had an effect
};

struct CodeFacts {
  std::string_view word;  // the reply header's `err`
  CodeClass of;
  Reach reach;
};

// A process of the release before may refuse one copy of a request that it does not understand, while a newer process
// takes another copy. So `unknown_type` and `unsupported_version` reach one copy only. The same holds for `forbidden`:
// another process may have a newer list of keys.
constexpr CodeFacts facts(Code code) {
  switch (code) {
    case Code::kOutOfStock:
      return {"out_of_stock", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kUnknownItem:
      return {"unknown_item", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kNotForSale:
      return {"not_for_sale", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kUnknownOrder:
      return {"unknown_order", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kPriceChanged:
      return {"price_changed", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kVersionChanged:
      return {"version_changed", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kItemExists:
      return {"item_exists", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kMoreThanRemains:
      return {"more_than_remains", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kNothingRemains:
      return {"nothing_remains", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kUnknownHold:
      return {"unknown_hold", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kHoldOver:
      return {"hold_over", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kKeyReused:
      return {"key_reused", CodeClass::kBusiness, Reach::kEveryCopy};
    case Code::kKeyVoided:
      return {"key_voided", CodeClass::kBusiness, Reach::kEveryCopy};
    case Code::kLimit:
      return {"limit", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kUnknownSubscription:
      return {"unknown_subscription", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kUnauthenticated:
      return {"unauthenticated", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kUnknownCredential:
      return {"unknown_credential", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kUnknownPlace:
      return {"unknown_place", CodeClass::kBusiness, Reach::kThisCopy};
    case Code::kMalformed:
      return {"malformed", CodeClass::kBadRequest, Reach::kEveryCopy};
    case Code::kInvalid:
      return {"invalid", CodeClass::kBadRequest, Reach::kEveryCopy};
    case Code::kUnknownType:
      return {"unknown_type", CodeClass::kBadRequest, Reach::kThisCopy};
    case Code::kUnsupportedVersion:
      return {"unsupported_version", CodeClass::kBadRequest, Reach::kThisCopy};
    case Code::kForbidden:
      return {"forbidden", CodeClass::kBadRequest, Reach::kThisCopy};
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
// Returns whether a refusal belongs into a log, because its sender is broken, or has a key that it should not have.
constexpr bool is_suspicious(Code code) { return code == Code::kMalformed || code == Code::kForbidden; }
// Returns whether it is the rights of the sender that a refusal is about.
constexpr bool is_denial(Code code) { return code == Code::kUnauthenticated || code == Code::kForbidden; }

struct Refusal {
  Code code = Code::kMalformed;              // travels in the header
  std::string message;                       // for people: what is wrong and what to do
  std::optional<ItemId> item;                // the item that the refusal concerns
  std::optional<Quantity> stock;             // the pieces of it that are available (out_of_stock)
  std::optional<Cents> price;                // its present price (price_changed)
  std::optional<base::ProducerNo> expected;  // the producer number that the broker expects (skipped)
  std::optional<Seq> version;                // the item's present version (version_changed)
  std::optional<Quantity> allowed{};    // the most pieces of it that may be asked for (limit, if by its terms of sale)
  std::optional<std::int64_t> from{};   // it is for sale from this instant on (not_for_sale)
  std::optional<std::int64_t> until{};  // it was for sale before this instant (not_for_sale)
  std::optional<std::uint32_t> retry_ms{};  // this client asks too often, and may ask again after so long (busy)
  static constexpr auto fields() {
    return std::tuple(field("message", &Refusal::message), field("item", &Refusal::item),
                      field("stock", &Refusal::stock), field("price", &Refusal::price),
                      field("expected", &Refusal::expected), field("version", &Refusal::version),
                      field("allowed", &Refusal::allowed), field("from", &Refusal::from),
                      field("until", &Refusal::until), field("retry_ms", &Refusal::retry_ms));
  }
};

}  // namespace msg
