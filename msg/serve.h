// Reads frames: every server reads requests, and every asker reads replies, with these functions.
//
// Threads: none. Tests: tests/msg/serve_test.cpp.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/sender.h"
#include "msg/catalogue.h"
#include "msg/codec.h"
#include "msg/envelope.h"

namespace msg {

// Stands for a ZeroMQ message that has wrong parts: 0xc1 is the one byte that never occurs in MessagePack.
constexpr std::string_view kNoFrame("\xc1", 1);

// The part of a header that a refusal repeats, even if the rest of the header cannot be read.
struct HeaderId {
  std::uint64_t id = 0;
  static constexpr auto fields() { return std::tuple(field("id", &HeaderId::id)); }
};

// As decode(), but the error is the refusal for the sender: `invalid` if a number is out of range, otherwise
// `malformed`.
template <class T>
tl::expected<T, Refusal> read(std::string_view bytes, std::size_t* used = nullptr);

// A message that cannot be read: the sender to tell, the reason, and the bytes behind it.
struct Unreadable {
  InReplyTo to;
  Refusal refusal;
  std::string_view rest;
};
// `bytes` begin with the unreadable message. `rest` is empty if the message has no id, or if its end is not known.
Unreadable unreadable(std::string_view bytes);

// The refusal of a type of request that the sender's role does not allow; nothing if it may send it.
std::optional<Refusal> forbidden(const base::Sender* sender, std::string_view type);

// The refusal of a request in the name of an instance that is not the sender.
Refusal forged(const base::Sender& sender, std::string_view instance);

// Calls take(Message) for each request of the frame that the sender may send and that is in a version that this program
// understands, and refuse(InReplyTo, Refusal) for each other one.
template <class Refuse, class Take>
void serve(std::string_view frame, const base::Sender* sender, const Refuse& refuse, const Take& take) {
  while (!frame.empty()) {
    auto message = FrameReader(frame).next();
    if (!message) {
      const auto what = unreadable(frame);
      refuse(what.to, what.refusal);
      frame = what.rest;
      continue;
    }
    frame.remove_prefix(message->bytes);
    forget_fields_of_answers(message->header);
    if (const auto foreign = unsupported(message->header)) {
      refuse(InReplyTo(message->header), *foreign);
    } else if (const auto denied = forbidden(sender, message->header.t)) {
      refuse(InReplyTo(message->header), *denied);
    } else {
      take(std::move(*message));
    }
  }
}

// Decodes the body as the request of the list that has this type, and calls take(Request). Calls refuse(Refusal) if the
// list does not have the type, or if the body cannot be decoded. `who`: the server, for the refusal.
template <class... Request, class Refuse, class Take>
void serve_as(Requests<Request...> list, std::string_view type, std::string_view body, std::string_view who,
              const Refuse& refuse, const Take& take) {
  const auto decoded = [&]<class One>(std::type_identity<One>) {
    auto request = read<One>(body);
    if (request) return take(std::move(*request));
    refuse(Refusal{.code = request.error().code, .message = fmt::format("{}: {}", type, request.error().message)});
  };
  if (dispatch(list, type, decoded)) return;
  constexpr std::size_t kShown = 32;  // bytes of a type that came from outside
  refuse(Refusal{.code = Code::kUnknownType,
                 .message = fmt::format("{} does not know requests of type '{}'{}", who, type.substr(0, kShown),
                                        has(ClientRequests(), type) ? ": ask a frontend, at another address" : "")});
}

// Calls take(Message&&) for each reply of the frame. If a reply cannot be understood, it returns the reason and drops
// the rest of the frame.
template <class Take>
std::optional<std::string> hear(std::string_view frame, const Take& take) {
  for (FrameReader reader(frame); !reader.done();) {
    auto message = reader.next();
    if (!message) return "its answer cannot be read: " + message.error().message;
    if (const auto foreign = unsupported(message->header)) return foreign->message;
    take(std::move(*message));
  }
  return std::nullopt;
}

}  // namespace msg
