// BlockTimes: where the time of the last blocks went, for the `spans` of a traced write (PROTOCOL 2).
//
//   queue, flush   in the broker, as it says behind the block; `queue` is that of the block's oldest event
//   append         the rest of the writer's `commit`: both ways between the writer and the broker
//   fan-out        from the broker's publication until the block came; only if the broker's clock is ours
//   apply          until we acknowledged the block
//   watermark      until we heard that every frontend has acknowledged it
//
// Bounds: kBlocksMax blocks; an older one has no spans. Threads: none. Tests: tests/frontend/block_times_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "msg/envelope.h"
#include "msg/internal.h"

namespace frontend {

class BlockTimes {
 public:
  static constexpr std::size_t kBlocksMax = 64;
  static constexpr base::Duration kFanOutMax = std::chrono::seconds(10);  // a longer one is of another clock

  // A block came that ends with `last`. `same_clock`: the broker runs on our host.
  void came(base::Seq last, const msg::BlockTimes& in_broker, bool same_clock, base::Mono now);
  void acknowledged(base::Seq applied, base::Mono now);
  void marked(base::Seq mark, base::Mono now);

  // Adds the spans of the event's block to those that the writer gave.
  void add_to(std::vector<msg::Span>& spans, base::Seq event) const;

 private:
  struct Block {
    base::Seq last;
    msg::BlockTimes in_broker;
    std::optional<std::uint64_t> fan_out;  // us
    base::Mono came{};
    std::optional<base::Mono> acknowledged;
    std::optional<base::Mono> marked;
  };

  std::deque<Block> blocks_;  // ascending
};

}  // namespace frontend
