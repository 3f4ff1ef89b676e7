// Sender: whose key proved a message, as the transport hands it over. Nothing in the message itself can change it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace base {

// The role that a store's list of keys gives to the holder of a key.
enum class KeyRole : std::uint8_t { kBroker, kCatalog, kOrder, kFrontend, kBridge, kOperator, kClient };

struct Sender {
  KeyRole role = KeyRole::kClient;
  std::string name;  // of a member: its instance
  friend bool operator==(const Sender&, const Sender&) = default;
};

// A set of roles.
class KeyRoles {
 public:
  template <class... Role>
  constexpr explicit KeyRoles(Role... roles) : bits_((0U | ... | bit(roles))) {}
  constexpr bool has(KeyRole role) const { return (bits_ & bit(role)) != 0; }

 private:
  static constexpr unsigned bit(KeyRole role) { return 1U << static_cast<unsigned>(role); }
  unsigned bits_;
};

}  // namespace base
