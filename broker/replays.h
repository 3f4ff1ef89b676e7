// Replays: answers followers that ask for missed blocks, from memory if possible, else from the disk.
//
// Bounds: kAnswerBytesMax and kAnswerBlocksMax for one answer, kRoundBytesMax for all of one round.
// Threads: none; owned by a broker's core. Tests: tests/broker.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "base/core.h"
#include "base/counters.h"
#include "base/result.h"
#include "msg/codec.h"
#include "msg/internal.h"
#include "msg/refusal.h"
#include "stream/recent.h"

namespace broker {

class Replays {
 public:
  static constexpr std::size_t kAnswerBytesMax = 1024 * 1024;  // readers accept frames of twice this size
  static constexpr std::size_t kAnswerBlocksMax = msg::kWriteArrayMax;
  // A frame of 2 MiB could hold 50,000 small requests for a megabyte each.
  static constexpr std::size_t kRoundBytesMax = 8 * 1024 * 1024;

  static constexpr std::size_t kRecentBytesMax = 16 * 1024 * 1024;  // of the latest blocks, kept in memory

  // As Journal::read.
  using Read =
      std::function<base::Result<std::vector<base::Bytes>>(base::Seq from, base::Seq to, std::size_t bytes_max)>;
  Replays(Read read, base::Counters& counters) : read_(std::move(read)), counters_(counters) {}

  void add(base::Seq first, base::Seq last, base::Bytes bytes) { recent_.add(first, last, std::move(bytes)); }
  void new_round() { round_bytes_ = 0; }
  // `commit` is the end of the stream; `store` is the stream's store.
  tl::expected<msg::ReplayReply, msg::Refusal> answer(const msg::Replay& replay, base::Seq commit,
                                                      const std::string& store);
  // The first seq that is kept. It never goes back.
  base::Seq begins() const { return begins_; }
  void begin_at(base::Seq begins) { begins_ = std::max(begins_, begins); }
  // The first seq of the block that holds `seq`; nothing if that block is not kept.
  base::Result<std::optional<base::Seq>> block_of(base::Seq seq);

 private:
  base::Result<std::vector<base::Bytes>> blocks(base::Seq from, base::Seq to, std::size_t bytes_max);

  const Read read_;
  base::Counters& counters_;
  stream::Recent recent_{kRecentBytesMax};
  base::Seq begins_{1};
  std::size_t round_bytes_ = 0;
};

}  // namespace broker
