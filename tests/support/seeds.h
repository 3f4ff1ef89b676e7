// How many seeds a test takes; sanitizers make each many times slower.
#pragma once

#include <cstdint>

namespace support {

constexpr std::uint64_t seeds_of(std::uint64_t count) {
#ifdef PYGMY_SANITIZED
  return count / 10 + 1;
#else
  return count;
#endif
}

}  // namespace support
