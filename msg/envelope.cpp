#include "msg/envelope.h"

namespace msg {

base::Result<Message> FrameReader::next() {
  const auto rest = frame_.substr(offset_);
  std::size_t used = 0;
  auto header = decode<Header>(rest, &used);
  if (!header) {
    offset_ = frame_.size();
    return base::fail("header: " + header.error().message);
  }
  auto body = skip_value(rest.substr(used));
  if (!body) {
    offset_ = frame_.size();
    return base::fail("body: " + body.error().message);
  }
  offset_ += used + body->size();
  return Message{std::move(*header), *body};
}

void append_message(std::string& frame, const Header& header, std::string_view body) {
  encode(header, frame);
  frame.append(body);
}

Header reply_header(std::uint64_t id, Seq reveals) {
  Header header;
  header.t = kReplyType;
  header.id = id;
  header.seq = reveals;
  return header;
}

void append_refusal(std::string& frame, std::uint64_t id, Seq reveals, const Refusal& refusal) {
  Header header = reply_header(id, reveals);
  header.err = std::string(word(refusal.code));
  append_message(frame, header, refusal);
}

base::Result<Refusal> decode_refusal(const Message& message) {
  auto refusal = decode<Refusal>(message.body);
  if (!refusal) return refusal;
  refusal->code = code_of(message.header.err.value_or("")).value_or(Code::kUnknown);
  return refusal;
}

}  // namespace msg
