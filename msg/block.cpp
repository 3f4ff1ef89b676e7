#include "msg/block.h"

#include <fmt/format.h>

#include "msg/codec.h"
#include "msg/sha256.h"

namespace msg {

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
  if (!block) return block;
  if (!used && size != bytes.size()) return base::fail("bytes left over after the block");
  if (size > kBlockBytesMax) return base::fail("block larger than a block may be");
  if (block->v != 1) return base::fail(fmt::format("block version {} is not known to this program", block->v));
  if (block->count == 0 || !block->first || block->prev.bytes.size() != kHashBytes) {
    return base::fail("block with impossible fields");
  }
  if (block->hash.bytes != sha256(bytes.substr(0, size - kHashBytes))) {
    return base::fail(fmt::format("block {} does not match its hash", block->no));
  }
  if (used) *used = size;
  return block;
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
  if (events.size() != count) return base::fail(fmt::format("{} events where {} were said", events.size(), count));
  return events;
}

base::Result<std::uint32_t> count_maps(std::string_view bytes) {
  std::uint32_t count = 0;
  while (!bytes.empty()) {
    const auto lead = static_cast<unsigned char>(bytes.front());
    const bool map = (lead >= 0x80 && lead <= 0x8f) || lead == 0xde || lead == 0xdf;
    if (!map) return base::fail("not a map");
    auto value = skip_value(bytes);
    if (!value) return base::fail(value.error().message);
    bytes.remove_prefix(value->size());
    ++count;
  }
  return count;
}

}  // namespace msg
