#include "msg/block.h"

#include <fmt/format.h>

#include "msg/codec.h"
#include "msg/sha256.h"

namespace msg {
namespace {

// The version in a map whose first entry is `v`.
std::optional<std::uint32_t> leading_version(std::string_view map) {
  constexpr std::string_view kKey = "\xa1v";
  const auto lead = static_cast<unsigned char>(map.front());
  // Skips the count of entries; no value but a map begins like that.
  map.remove_prefix(lead == 0xde ? 3 : lead == 0xdf ? 5 : 1);
  if (map.substr(0, kKey.size()) != kKey) return std::nullopt;
  std::size_t used = 0;
  const auto v = decode<std::uint32_t>(map.substr(kKey.size()), &used);
  return v ? std::optional(*v) : std::nullopt;
}

}  // namespace

std::string encode_block(Block& block) {
  block.hash.bytes = no_hash();
  std::string bytes = encoded(block);
  bytes.resize(bytes.size() - kHashBytes);
  block.hash.bytes = sha256(bytes);
  return bytes += block.hash.bytes;
}

base::Result<Block> decode_block(std::string_view bytes, std::size_t* used) {
  std::size_t size = 0;
  auto block = decode<Block>(bytes, &size);
  if (!block || !readable(block->v)) {
    if (const auto newer = newer_version(bytes)) return base::fail(unreadable_text("block", *newer));
  }
  if (!block) return block;
  if (!used && size != bytes.size()) return base::fail("bytes left over after the block");
  if (size > kBlockBytesMax) return base::fail("the block is larger than the limit");
  if (!readable(block->v)) return base::fail(unreadable_text("block", block->v));
  if (block->count == 0 || !block->first || block->prev.bytes.size() != kHashBytes) {
    return base::fail("the block has impossible fields");
  }
  if (block->hash.bytes != sha256(bytes.substr(0, size - kHashBytes))) {
    return base::fail(fmt::format("block {} does not match its hash", block->no));
  }
  if (used) *used = size;
  return block;
}

std::optional<std::uint32_t> newer_version(std::string_view bytes) {
  const auto block = skip_value(bytes);
  if (!block || block->size() < kHashBytes) return std::nullopt;
  const auto v = leading_version(*block);
  if (!v || *v <= kVersions.newest) return std::nullopt;
  const auto hashed = block->size() - kHashBytes;
  return block->substr(hashed) == sha256(block->substr(0, hashed)) ? v : std::nullopt;
}

base::Result<std::vector<Event>> decode_events(std::string_view bytes, std::uint32_t count) {
  std::vector<Event> events;
  events.reserve(std::min<std::size_t>(count, kBlockEventsMax));
  while (!bytes.empty()) {
    std::size_t used = 0;
    auto event = decode<Event>(bytes, &used);
    if (!event) return base::fail(fmt::format("event {} of the block: {}", events.size() + 1, event.error().message));
    events.push_back(std::move(*event));
    bytes.remove_prefix(used);
  }
  if (events.size() != count)
    return base::fail(fmt::format("the block holds {} events and says {}", events.size(), count));
  return events;
}

}  // namespace msg
