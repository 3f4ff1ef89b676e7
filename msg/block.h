// A block: what one commit made durable, PROTOCOL 6.
//
// Encoded once, by the broker; the same bytes go to the journal, the archive, PUB and every replay. The last field is
// the SHA-256 of all bytes before its own 32, and `prev` is that of the block before: one hash is the checksum and the
// chain.
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
inline Hash no_hash() { return Hash(kHashBytes, '\0'); }  // what block 1 follows
constexpr std::uint32_t kBlockEventsMax = 512;            // keeps a block well inside etcd's request limit
constexpr std::size_t kBlockBytesMax = 1024 * 1024;       // what a reader accepts; the broker closes a block at 128 KiB

struct Block {
  std::uint32_t v = kVersions.spoken;
  base::BlockNo no;
  base::Seq first;
  std::uint32_t count = 0;
  base::Term term;
  std::int64_t at = 0;        // of its last event, milliseconds since 1970 UTC, never going back
  base::Epoch epoch;          // of the writer at its end
  base::ProducerNo producer;  // the last one committed in that epoch, 0 for none
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

// Checks size, shape and hash. `used`, if given, receives how many bytes the block took, and more may follow it;
// without it, bytes left over are an error.
base::Result<Block> decode_block(std::string_view bytes, std::size_t* used = nullptr);

// The hash of a block that was checked: its last bytes.
inline Hash hash_of(std::string_view block) { return Hash(block.substr(block.size() - kHashBytes)); }

// The version of a block that is newer than what is understood here; none: it is not, or is no whole block. What all
// versions have in common: a map, `v` its first entry, and the hash of all bytes before it its last 32 (PROTOCOL 6.1).
std::optional<std::uint32_t> newer_version(std::string_view bytes);

// All events of a block, in order. An error if any is malformed or the count is not right.
base::Result<std::vector<Event>> decode_events(std::string_view events, std::uint32_t count);

// How many whole MessagePack maps these bytes hold; an error if they hold anything else.
base::Result<std::uint32_t> count_maps(std::string_view bytes);

}  // namespace msg
