// Recent: keeps the latest blocks in memory. An asker that lacks only a few blocks gets them without a read from disk.
//
// Bounds: the constructor's `bytes_max`, but the last block is always kept. Threads: none; owned by a core.
// Tests: tests/stream/recent_test.cpp.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "base/core.h"
#include "base/ids.h"

namespace stream {

class Recent {
 public:
  struct Entry {
    base::Seq first;
    base::Seq last;
    base::Bytes bytes;
  };

  explicit Recent(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void add(base::Seq first, base::Seq last, base::Bytes bytes);
  // Returns the blocks that hold the seqs from .. to, in order: about `bytes_max` bytes, but at least one block if
  // there is one. They stay valid until the next add(). Returns nothing if `from` is older than what is kept.
  std::optional<std::vector<const Entry*>> read(base::Seq from, base::Seq to, std::size_t bytes_max) const;

 private:
  std::size_t bytes_max_;
  std::deque<Entry> blocks_;
  std::size_t bytes_ = 0;
};

}  // namespace stream
