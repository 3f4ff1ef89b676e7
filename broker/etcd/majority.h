// What a majority of the brokers' archives have.
#pragma once

#include <algorithm>
#include <vector>

#include "base/ids.h"

namespace broker::etcd {

// The last block that more than half of them have; 0 if there are none.
inline base::BlockNo majority_has(std::vector<base::BlockNo> archives) {
  if (archives.empty()) return {};
  std::sort(archives.begin(), archives.end());
  return archives[(archives.size() - 1) / 2];
}

}  // namespace broker::etcd
