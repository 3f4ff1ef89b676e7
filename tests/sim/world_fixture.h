// Words of the tests of the simulation itself.
#pragma once

#include <gtest/gtest.h>

#include "base/log.h"
#include "tests/sim/run.h"

namespace sim {

// How many seeds a test takes; sanitizers make a seed many times slower.
constexpr std::uint64_t seeds_of(std::uint64_t count) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return count / 10 + 1;
#else
  return count;
#endif
}

}  // namespace sim
