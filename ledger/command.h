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

// Digest of what a request means, key left out: two encodings of the same request agree, and so do all versions and
// platforms, since it is stored with the key. A missing customer or reason means the same as an empty one.
std::uint64_t request_digest(const msg::PlaceOrder& place);
std::uint64_t request_digest(const msg::AddItems& add);
std::uint64_t request_digest(const msg::ChangePrice& change);
std::uint64_t request_digest(const msg::Restock& restock);
std::uint64_t request_digest(const Command& command);  // 0 for an Outcome, which has no body

}  // namespace ledger
