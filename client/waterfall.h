// Where each span of a traced request (PROTOCOL 2) lies within the request, for pictures and for exported traces.
//
// A span says how long a tier had the request; a tier's time includes that of the tiers behind it. It does not say when
// the tier began. So an inner span is placed in the middle of the outer one, and the gate at the end, where it waits.
//
// Pure. Tests: tests/client/waterfall_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "msg/envelope.h"

namespace client {

struct Bar {
  std::string tier;
  std::size_t parent = 0;  // index of the bar around it
  std::uint64_t begin_us = 0;
  std::uint64_t us = 0;
};

// The first bar is `client`, of `total_us`, and its own parent. A parent stands before its children. A bar may reach
// beyond its parent: `queue` is that of the block's oldest event, and the frontend's spans of the block are measured
// beside the answer.
std::vector<Bar> waterfall(const std::vector<msg::Span>& spans, std::uint64_t total_us);

}  // namespace client
