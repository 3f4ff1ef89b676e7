// The vocabulary of the tests of the simulation itself.
#pragma once

#include <gtest/gtest.h>

#include "base/log.h"
#include "tests/sim/run.h"
#include "tests/support/seeds.h"

namespace sim {

using support::seeds_of;

}  // namespace sim
