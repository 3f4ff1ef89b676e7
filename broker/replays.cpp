#include "broker/replays.h"

#include <fmt/format.h>

#include <algorithm>

#include "msg/block.h"

namespace broker {
namespace {

tl::unexpected<msg::Refusal> refuse(msg::Code code, std::string message) {
  return tl::unexpected(msg::Refusal{.code = code, .message = std::move(message)});
}

std::string unreadable(base::Seq from, const base::Error& error) {
  return fmt::format("the events from seq {} cannot be read on the disk of this broker: {}; see its log", from,
                     error.message);
}

}  // namespace

tl::expected<msg::ReplayReply, msg::Refusal> Replays::answer(const msg::Replay& replay, base::Seq commit,
                                                             const std::string& store) {
  if (!replay.from) return refuse(msg::Code::kInvalid, "the stream begins with seq 1");
  if (round_bytes_ >= kRoundBytesMax) return refuse(msg::Code::kBusy, "too many replays at once, ask again");
  msg::ReplayReply reply;
  reply.commit = commit;
  const auto to = std::min(replay.to.value_or(commit), commit);
  if (replay.from < begins_) reply.trimmed = msg::Trimmed{begins_, store};
  const auto from = std::max(replay.from, begins_);
  auto found = blocks(from, to, std::min<std::size_t>(replay.bytes, kAnswerBytesMax));
  if (!found) return refuse(msg::Code::kUnavailable, unreadable(from, found.error()));
  for (auto& bytes : *found) {
    if (reply.blocks.size() == kAnswerBlocksMax) break;
    round_bytes_ += bytes.size();
    reply.blocks.push_back({std::move(bytes)});
  }
  ++counters_["replays"];
  counters_["replayed_blocks"] += reply.blocks.size();
  return reply;
}

base::Result<std::optional<base::Seq>> Replays::block_of(base::Seq seq) {
  const auto found = blocks(seq, seq, 1);
  if (!found) return base::fail(unreadable(seq, found.error()));
  for (const auto& bytes : *found) {
    if (const auto block = msg::decode_block(bytes)) return block->first;
  }
  return std::nullopt;
}

base::Result<std::vector<base::Bytes>> Replays::blocks(base::Seq from, base::Seq to, std::size_t bytes_max) {
  if (from > to) return std::vector<base::Bytes>();
  if (const auto found = recent_.read(from, to, bytes_max)) {
    std::vector<base::Bytes> copies;
    for (const auto* entry : *found) copies.push_back(entry->bytes);
    return copies;
  }
  ++counters_["replays_from_journal"];
  return read_(from, to, bytes_max);
}

}  // namespace broker
