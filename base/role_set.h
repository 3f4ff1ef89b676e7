// A set of roles: of the values of an enumeration that are counted from 0.
#pragma once

#include <concepts>

namespace base {

template <class Role>
class RoleSet {
 public:
  constexpr explicit RoleSet(std::same_as<Role> auto... roles) : bits_((0U | ... | bit(roles))) {}
  constexpr bool has(Role role) const { return (bits_ & bit(role)) != 0; }

 private:
  static constexpr unsigned bit(Role role) { return 1U << static_cast<unsigned>(role); }
  unsigned bits_;
};

}  // namespace base
