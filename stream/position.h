// The position of a view in the stream. It is stored in the same transaction as the data (DESIGN 3).
#pragma once

#include <string>

#include "msg/block.h"

namespace stream {

struct Position {
  std::string store;                // the stream's store; empty for a view that has applied nothing
  base::Seq applied;                // always the last seq of a block
  base::BlockNo block;              // the block that ends with `applied`
  msg::Hash hash = msg::no_hash();  // of that block; the next block must name it as `prev`
  std::int64_t at = 0;              // time of the last event, milliseconds since 1970 UTC
};

}  // namespace stream
