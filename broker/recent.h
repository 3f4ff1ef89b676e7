// Recent: the latest blocks, in memory, so that a follower that missed a little is helped without the disk.
//
// Bounds: kBytesMax, and at least the last block. Threads: none; owned by the broker core.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/core.h"
#include "base/ids.h"

namespace broker {

class Recent {
 public:
  static constexpr std::size_t kBytesMax = 16 * 1024 * 1024;

  void add(base::Seq first, base::Seq last, base::Bytes bytes);
  // The blocks that hold from .. to, about bytes_max but at least one; nothing if `from` is older than what is kept.
  std::optional<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) const;

 private:
  struct Entry {
    base::Seq first;
    base::Seq last;
    base::Bytes bytes;
  };
  std::deque<Entry> blocks_;
  std::size_t bytes_ = 0;
};

}  // namespace broker
