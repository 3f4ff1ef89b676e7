// The number of seeds of a test. Sanitizers make each seed many times slower, so they get fewer.
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
