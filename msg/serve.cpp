#include "msg/serve.h"

#include "base/text.h"

namespace msg {
namespace {

Refusal why_unreadable(std::string_view bytes) {
  if (bytes == kNoFrame) {
    return {.code = Code::kMalformed,
            .message = "a message has one part, the frame, or an empty part and the frame; this one had other parts"};
  }
  std::size_t used = 0;
  auto header = read<Header>(bytes, &used);
  if (header && used > kHeaderBytesMax) return {.code = Code::kInvalid, .message = large_header(used)};
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

Refusal forged(const base::Sender& sender, std::string_view instance) {
  return {
      .code = Code::kForbidden,
      .message = fmt::format("the key of {} cannot speak for '{}'", sender.name, base::shown(instance.substr(0, 64)))};
}

std::optional<Refusal> forbidden(const base::Sender* sender, std::string_view type) {
  if (sender == nullptr) return std::nullopt;
  const auto senders = senders_of(type);
  if (!senders || senders->has(sender->role)) return std::nullopt;
  return Refusal{.code = Code::kForbidden,
                 .message = fmt::format("the key of {} has the role '{}', which may not send '{}'", sender->name,
                                        word(sender->role), type)};
}

}  // namespace msg
