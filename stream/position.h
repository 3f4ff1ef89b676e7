// How far a view has come. Stored in the same transaction as the data (DESIGN 3).
#pragma once

#include <string>

#include "msg/block.h"

namespace stream {

struct Position {
  std::string store;                // which stream; empty for a view that has applied nothing
  base::Seq applied;                // always the last seq of a block
  base::BlockNo block;              // the block that ended there
  msg::Hash hash = msg::no_hash();  // of that block: the next one must name it as `prev`
  std::int64_t at = 0;              // time of the last event, milliseconds since 1970 UTC
};

}  // namespace stream
