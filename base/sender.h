// Sender: whose key proved a message, as the transport hands it over. Nothing in the message itself can change it.
#pragma once

#include <cstdint>
#include <string>

#include "base/role_set.h"

namespace base {

// The role that a store's list of keys gives to the holder of a key.
enum class KeyRole : std::uint8_t { kBroker, kCatalog, kOrder, kFrontend, kBridge, kOperator, kClient };

struct Sender {
  KeyRole role = KeyRole::kClient;
  std::string name;   // of a member: its instance
  std::string key{};  // the public key, in Z85; empty if the transport does not tell it
  friend bool operator==(const Sender&, const Sender&) = default;
};

using KeyRoles = RoleSet<KeyRole>;

}  // namespace base
