#include "bridge/assets.h"

#include <algorithm>

#include "bridge/assets_table.h"

namespace bridge {

const Asset* find_asset(std::string_view path) {
  const auto* found =
      std::find_if(kAssets, kAssets + kAssetCount, [&](const Asset& asset) { return asset.path == path; });
  return found == kAssets + kAssetCount ? nullptr : found;
}

}  // namespace bridge
