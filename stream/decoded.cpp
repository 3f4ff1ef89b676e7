#include "stream/decoded.h"

#include <utility>

namespace stream {

std::shared_ptr<const Decoded> decoded(base::BytesView payload) {
  thread_local std::shared_ptr<const Decoded> last;
  // A block is one MessagePack value, so no longer block begins with its bytes.
  if (last && payload.substr(0, last->bytes.size()) == last->bytes) return last;
  std::size_t used = 0;
  auto block = msg::decode_block(payload, &used);
  if (!block) return nullptr;
  auto events = msg::decode_events(block->events.bytes, block->count);
  last = std::make_shared<const Decoded>(
      Decoded{base::Bytes(payload.substr(0, used)), std::move(*block), std::move(events)});
  return last;
}

}  // namespace stream
