#include "frontend/block_times.h"

#include <algorithm>

namespace frontend {

void BlockTimes::came(base::Seq last, const msg::BlockTimes& in_broker, bool same_clock, base::Mono now) {
  if (!blocks_.empty() && last <= blocks_.back().last) return;
  const auto clock = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const auto way = clock - std::min(clock, in_broker.sent);
  const bool credible = same_clock && in_broker.sent <= clock && way <= static_cast<std::uint64_t>(kFanOutMax.count());
  blocks_.push_back({last, in_broker, credible ? std::optional(way / 1000) : std::nullopt, now, {}, {}});
  if (blocks_.size() > kBlocksMax) blocks_.pop_front();
}

// The last blocks are those that are not acknowledged yet.
void BlockTimes::acknowledged(base::Seq applied, base::Mono now) {
  for (auto block = blocks_.rbegin(); block != blocks_.rend() && !block->acknowledged; ++block) {
    if (block->last <= applied) block->acknowledged = now;
  }
}

void BlockTimes::marked(base::Seq mark, base::Mono now) {
  for (auto block = blocks_.rbegin(); block != blocks_.rend() && !block->marked; ++block) {
    if (block->last <= mark) block->marked = now;
  }
}

void BlockTimes::add_to(std::vector<msg::Span>& spans, base::Seq event) const {
  const auto block = std::lower_bound(blocks_.begin(), blocks_.end(), event,
                                      [](const Block& one, base::Seq seq) { return one.last < seq; });
  const bool lost = block == blocks_.end() || (block == blocks_.begin() && blocks_.size() == kBlocksMax);
  const auto commit = std::find_if(spans.begin(), spans.end(), [](const auto& span) { return span.tier == "commit"; });
  if (lost || commit == spans.end()) return;  // an answer without a commit is not the first one to its key
  const auto& [queue, flush, sent] = block->in_broker;
  const auto ways = commit->us - std::min(commit->us, queue + flush);
  spans.push_back({"append", ways});
  spans.push_back({"queue", queue});
  spans.push_back({"flush", flush});
  if (block->fan_out) spans.push_back({"fan-out", *block->fan_out});
  if (!block->acknowledged) return;
  spans.push_back({"apply", base::micros(*block->acknowledged - block->came)});
  if (!block->marked) return;
  const auto marked = std::max(*block->marked, *block->acknowledged);  // without a lease nobody waits for us
  spans.push_back({"watermark", base::micros(marked - *block->acknowledged)});
}

}  // namespace frontend
