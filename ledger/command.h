// Command: what the writer can be asked to do, and which checks it must pass before the shop's state is even looked at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "msg/refusal.h"
#include "msg/requests.h"

namespace ledger {

using Command = std::variant<msg::PlaceOrder, msg::AddItems, msg::ChangePrice, msg::Restock, msg::Outcome>;

const std::string& key_of(const Command& command);

// What is wrong with a command by itself: limits of msg/types.h, text, lines. Nothing if it may be decided.
// The code is kInvalid and the message names the field.
std::optional<msg::Refusal> validate(const Command& command);

// `page` parameters of a list: a limit within 1 .. kPageMax, text within its size.
std::optional<msg::Refusal> validate(const msg::ListOrders& list);

// Digests of what a request asks for. Two encodings of the same request agree, and so do all versions and platforms,
// since both digests are stored with the key. A missing customer or reason means the same as an empty one.
//
// request_digest is kDigestBytes of SHA-256 over the type's name and the request's map, packed as msg/codec.h packs it:
// the fields in the order of their table, each number as short as it can be, an optional text that is empty left out.
// No two requests can be made to have the same one.
constexpr std::size_t kDigestBytes = 16;
msg::Blob request_digest(const Command& command);  // no bytes for an Outcome, which asks for nothing
// The 64-bit digest, key left out, of releases that did not make request_digest yet: they still want it in events, and
// their records have no other. Two different requests with the same one are easy to make (ADR 19).
std::uint64_t short_digest(const Command& command);  // 0 for an Outcome

}  // namespace ledger
