// Command: a request to the writer, and the checks that need no state of the shop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "msg/catalogue.h"
#include "msg/refusal.h"

namespace ledger {

using Command = msg::WriterService::Variant;

const std::string& key_of(const Command& command);
// The hold that the command changes; nothing if it changes none.
std::optional<base::HoldNo> hold_of(const Command& command);
// The name of the subscription that the command makes or changes; null if it is about none.
const std::string* subscription_of(const Command& command);

// Returns the first fault of the command itself: a limit of msg/limits.h, a text, a line. Returns nothing if it may be
// decided. The code is kInvalid and the message names the field.
std::optional<msg::Refusal> validate(const Command& command);

// The same for the reads: numbers and texts within the limits of msg/limits.h; a lookup has either an item or a title.
std::optional<msg::Refusal> validate(const msg::Lookup& lookup);
std::optional<msg::Refusal> validate(const msg::Search& search);
std::optional<msg::Refusal> validate(const msg::GetOrder& get);
std::optional<msg::Refusal> validate(const msg::ListOrders& list);
std::optional<msg::Refusal> validate(const msg::ListMovements& list);
std::optional<msg::Refusal> validate(const msg::ListSubscriptions& list);
std::optional<msg::Refusal> validate(const msg::GetHold& get);
std::optional<msg::Refusal> validate(const msg::ListHolds& list);
std::optional<msg::Refusal> validate(const msg::ListCredentials& list);

// Digests of a request. Only short_digest leaves the key out. Both are stored with the key, so two encodings of one
// request have the same digest in all versions and on all platforms. A missing customer or reason counts as an empty
// one.
//
// request_digest is the first kDigestBytes of the SHA-256 of the type's name and the request's map. The map is packed
// as msg/codec.h packs it: the fields in the order of their table, each number in its shortest form, and without an
// optional text that is empty. Nobody can make two requests with the same request_digest.
constexpr std::size_t kDigestBytes = 16;
msg::Blob request_digest(const Command& command);  // no bytes for an Outcome, which asks for nothing
// The 64-bit digest of older releases, which do not know request_digest. They need it in events, and their records have
// no other one. It is easy to make two different requests with the same short_digest (ADR 19).
std::uint64_t short_digest(const Command& command);  // 0 for an Outcome

}  // namespace ledger
