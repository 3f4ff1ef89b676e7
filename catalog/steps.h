// The steps of catalog.db's format up to this release. The steps of a later release begin with these (tests/versions).
#pragma once

#include <array>

#include "storage/view.h"

namespace catalog {

inline constexpr std::array<const char*, 1> kStepsOfThisRelease{storage::kClaims};

}  // namespace catalog
