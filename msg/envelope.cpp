#include "msg/envelope.h"

#include <fmt/format.h>

#include "base/text.h"
#include "msg/credentials.h"

namespace msg {

static_assert(kHeaderBytesMax > kTokenBytesMax + 512 && kHeaderBytesMax < kFieldsOfFrontendBytesMax);

std::string large_header(std::size_t bytes) {
  return fmt::format("header: {} bytes, at most {}", bytes, kHeaderBytesMax);
}

base::Result<Message> FrameReader::next() {
  const auto rest = frame_.substr(offset_);
  std::size_t used = 0;
  auto header = decode<Header>(rest, &used);
  if (!header) {
    offset_ = frame_.size();
    return base::fail("header: " + header.error().message);
  }
  if (used > kHeaderBytesMax) {
    offset_ = frame_.size();
    return base::fail(large_header(used));
  }
  auto body = skip_value(rest.substr(used));
  if (!body) {
    offset_ = frame_.size();
    return base::fail("body: " + body.error().message);
  }
  const auto bytes = used + body->size();
  offset_ += bytes;
  return Message{std::move(*header), *body, bytes};
}

void append_message(std::string& frame, const Header& header, std::string_view body) {
  encode(header, frame);
  frame.append(body);
}

Header reply_header(const InReplyTo& request, Seq reveals) {
  Header header;
  header.v = request.v;
  header.t = kReplyType;
  header.id = request.id;
  header.seq = reveals;
  return header;
}

Refusal readable(Refusal refusal) {
  refusal.message = base::shown(refusal.message);
  return refusal;
}

void append_refusal(std::string& frame, const InReplyTo& request, Seq reveals, const Refusal& refusal) {
  Header header = reply_header(request, reveals);
  header.err = std::string(word(refusal.code));
  append_message(frame, header, readable(refusal));
}

void forget_fields_of_answers(Header& request) {
  request.seq.reset();
  request.err.reset();
  request.stale_ms.reset();
  request.spans.reset();
}

std::optional<Refusal> unsupported(const Header& header) {
  const bool is_answer = header.t == kReplyType;
  if (understood(header.v) || (is_answer && header.err)) return std::nullopt;
  const auto* other = is_answer ? "the process that answers" : "the process that asks";
  const auto older =
      header.v > kVersions.newest ? fmt::format("it is older than {}", other) : fmt::format("{} is older", other);
  return Refusal{
      .code = Code::kUnsupportedVersion,
      .message = fmt::format(
          "this {} is of version {}, this program understands {}: {}; upgrade the older one, one release at a time",
          is_answer ? "answer" : "request", header.v, understood_text(), older)};
}

base::Result<Refusal> decode_refusal(const Message& message) {
  auto refusal = decode<Refusal>(message.body);
  if (!refusal) return refusal;
  refusal->code = code_of(message.header.err.value_or("")).value_or(Code::kUnknown);
  return refusal;
}

}  // namespace msg
