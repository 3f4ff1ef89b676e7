// Decodes any bytes as a block. An accepted block has a hash that verifies, so a change of any bit must make it
// refused. A fuzzer cannot guess a hash, so every input is also tried with its last bytes replaced by the right hash.
#include <openssl/sha.h>

#include "msg/block.h"
#include "msg/codec.h"
#include "msg/well_formed.h"
#include "tests/fuzz/fuzz.h"

namespace {

void try_events(const msg::Block& block) {
  const auto events = msg::decode_events(block.events.bytes, block.count);
  if (!events) return;
  CHECK(events->size() == block.count);
  for (const auto& event : *events) msg::fault_of_appended(event);
  std::string again;
  for (const auto& event : *events) msg::encode(event, again);
  CHECK(msg::decode_events(again, block.count) == *events, "encoding and decoding changes the events");
}

void try_block(std::string_view bytes, std::size_t place) {
  std::size_t used = 0;
  const auto block = msg::decode_block(bytes, &used);
  if (!block) return;
  CHECK(used <= bytes.size() && msg::decode_block(bytes).has_value() == (used == bytes.size()));
  std::string damaged(bytes.substr(0, used));
  damaged[place % used] = static_cast<char>(damaged[place % used] ^ 1);
  CHECK(!msg::decode_block(damaged), "byte {} is not covered by the hash", place % used);
  CHECK(!msg::decode_block(bytes.substr(0, place % used)), "the first {} bytes of {} are accepted as a block",
        place % used, used);
  CHECK(block->last() >= block->first, "block of seq {} with {} events", block->first, block->count);
  auto again = *block;
  const auto canonical = msg::encode_block(again);
  CHECK(msg::decode_block(canonical), "a decoded block cannot be decoded again");
  CHECK(canonical.size() != used || canonical == bytes.substr(0, used), "encoding the decoded block changes its bytes");
  try_events(*block);
}

}  // namespace

// The first two bytes choose the byte to damage.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Steps steps(data, size);
  const std::size_t place = steps.byte() + (std::size_t{steps.byte()} << 8);
  std::string bytes(steps.rest());
  try_block(bytes, place);
  if (bytes.size() < msg::kHashBytes) return 0;
  const auto hashed = bytes.size() - msg::kHashBytes;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), hashed,
         reinterpret_cast<unsigned char*>(bytes.data() + hashed));
  try_block(bytes, place);
  return 0;
}
