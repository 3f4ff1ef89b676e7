// Reads any bytes as a frame. The reader must end, and the messages that it read must encode to the same frame.
#include <vector>

#include "msg/block.h"
#include "tests/fuzz/fuzz.h"

namespace {

std::vector<msg::Message> read(std::string_view frame, std::size_t& bodies) {
  std::vector<msg::Message> messages;
  msg::FrameReader reader(frame);
  while (!reader.done()) {
    auto message = reader.next();
    if (!message) break;
    bodies += message->body.size();
    messages.push_back(std::move(*message));
  }
  return messages;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view frame(reinterpret_cast<const char*>(data), size);
  std::size_t bytes = 0;
  const auto messages = read(frame, bytes);
  CHECK(bytes <= size && messages.size() <= size / 2, "{} messages in {} bytes", messages.size(), size);
  base::Bytes packed;
  for (const auto& each : messages) msg::append_message(packed, each.header, each.body);
  std::size_t bytes_again = 0;
  const auto again = read(packed, bytes_again);
  CHECK(again.size() == messages.size() && bytes_again == bytes);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    CHECK(msg::encoded(again[i].header) == msg::encoded(messages[i].header) && again[i].body == messages[i].body);
    const auto refusal = msg::decode_refusal(messages[i]);
    const auto word = messages[i].header.err.value_or("");
    CHECK(!refusal || msg::word(refusal->code) == word || refusal->code == msg::Code::kUnknown);
  }
  return 0;
}
