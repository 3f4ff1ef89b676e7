#include "msg/serve.h"

namespace msg {
namespace {

Refusal why_unreadable(std::string_view bytes) {
  if (bytes == kNoFrame) {
    return {.code = Code::kMalformed,
            .message = "a message has one part, the frame, or an empty part and the frame; this one had other parts"};
  }
  std::size_t used = 0;
  auto header = read<Header>(bytes, &used);
  if (header) return {.code = Code::kMalformed, .message = "body: not MessagePack within the limits"};
  header.error().message = "header: " + header.error().message;
  return std::move(header.error());
}

}  // namespace

Unreadable unreadable(std::string_view bytes) {
  auto refusal = why_unreadable(bytes);
  std::size_t used = 0;
  const auto header = decode<HeaderId>(bytes, &used);
  if (!header) return {{}, std::move(refusal), {}};
  const auto body = skip_value(bytes.substr(used));
  return {header->id, std::move(refusal), body ? bytes.substr(used + body->size()) : std::string_view()};
}

}  // namespace msg
