// A block: the events that one commit made durable, PROTOCOL 6.
//
// The broker encodes it once; the same bytes go to the journal, the archive, PUB and every replay. The last field is
// the SHA-256 of all bytes before its own 32, and `prev` is the hash of the block before. So one hash is both the
// checksum and the chain.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "msg/events.h"
#include "msg/versions.h"

namespace msg {

using Hash = std::string;  // kHashBytes bytes
constexpr std::size_t kHashBytes = 32;
inline Hash no_hash() { return Hash(kHashBytes, '\0'); }  // the `prev` of block 1
constexpr std::uint32_t kBlockEventsMax = 512;            // keeps a block well inside etcd's request limit
constexpr std::size_t kBlockBytesMax = 1024 * 1024;       // the limit of readers; the broker closes a block at 128 KiB

struct Block {
  std::uint32_t v = kVersions.spoken;
  base::BlockNo no;
  base::Seq first;
  std::uint32_t count = 0;
  base::Term term;
  std::int64_t at = 0;        // of its last event, milliseconds since 1970 UTC; never goes back
  base::Epoch epoch;          // of the writer at the end of the block
  base::ProducerNo producer;  // the last one that was committed in that epoch; 0: none
  Blob prev;                  // 32 bytes; zeros in block 1
  Blob events;                // `count` events, one after another
  Blob hash;                  // 32 bytes; filled by encode_block
  static constexpr auto fields() {
    return std::tuple(field("v", &Block::v), field("no", &Block::no), field("first", &Block::first),
                      field("count", &Block::count), field("term", &Block::term), field("at", &Block::at),
                      field("epoch", &Block::epoch), field("producer", &Block::producer), field("prev", &Block::prev),
                      field("events", &Block::events), field("hash", &Block::hash));
  }

  base::Seq last() const { return base::Seq(first.value() + count - 1); }
};

// Sets block.hash and returns the bytes.
std::string encode_block(Block& block);

// Checks size, shape and hash. If `used` is given, it receives the number of bytes that the block takes, and more bytes
// may follow. Without it, bytes after the block are an error.
base::Result<Block> decode_block(std::string_view bytes, std::size_t* used = nullptr);

// The hash of a checked block: its last bytes.
inline Hash hash_of(std::string_view block) { return Hash(block.substr(block.size() - kHashBytes)); }

// The version of a block that is too new for this program; nothing if it is not newer, or not a whole block. All
// versions have in common that a block is a map, that `v` is its first entry, and that its last 32 bytes are the hash
// of all bytes before them (PROTOCOL 6.1).
std::optional<std::uint32_t> newer_version(std::string_view bytes);

// Decodes all events of a block, in order. Fails if an event is malformed or `count` is wrong.
base::Result<std::vector<Event>> decode_events(std::string_view events, std::uint32_t count);

}  // namespace msg
