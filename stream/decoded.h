// Decodes a published block, and remembers the last one: in a node (ADR 32) three followers get the same block one
// after another, and only the first of them checks its hash and decodes its events.
//
// The result depends on the bytes alone. They are compared in full, so it does not matter who published them.
// Bounds: for each thread one block of at most msg::kBlockBytesMax, with its events.
// Threads: each has its own memory. Tests: tests/stream/decoded_test.cpp
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "base/core.h"
#include "msg/block.h"

namespace stream {

struct Decoded {
  base::Bytes bytes;
  msg::Block block;
  base::Result<std::vector<msg::Event>> events;
};

// Returns the block at the start of `payload`; null if there is none whose shape and hash are right. More bytes may
// follow.
std::shared_ptr<const Decoded> decoded(base::BytesView payload);

}  // namespace stream
