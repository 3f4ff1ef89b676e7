// Defined in a file that the build generates (cmake/embed.cmake).
#pragma once

#include <cstddef>

#include "bridge/assets.h"

namespace bridge {

extern const Asset* const kAssets;
extern const std::size_t kAssetCount;

}  // namespace bridge
