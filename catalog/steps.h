// The steps of catalog.db's format up to this release. Those of a release of the future begin with them
// (tests/versions).
#pragma once

#include <array>

#include "storage/view.h"

namespace catalog {

inline constexpr std::array<const char*, 1> kStepsOfThisRelease{storage::kClaims};

}  // namespace catalog
