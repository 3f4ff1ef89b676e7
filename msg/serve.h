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

#include "msg/catalogue.h"
#include "msg/codec.h"
#include "msg/envelope.h"

namespace msg {

// Calls take(Message) for each request of the frame in a version that this program understands, and
// refuse(InReplyTo, Refusal) for each other one. An unreadable message is refused with the id 0, and the rest of the
// frame is dropped, because it is not known where the next message begins.
template <class Refuse, class Take>
void serve(std::string_view frame, const Refuse& refuse, const Take& take) {
  for (FrameReader reader(frame); !reader.done();) {
    auto message = reader.next();
    if (!message) {
      refuse(InReplyTo(), Refusal{.code = Code::kMalformed, .message = message.error().message});
    } else if (const auto foreign = unsupported(message->header)) {
      refuse(InReplyTo(message->header), *foreign);
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
    auto request = decode<One>(body);
    if (request) return take(std::move(*request));
    refuse(Refusal{.code = Code::kMalformed, .message = fmt::format("{}: {}", type, request.error().message)});
  };
  if (dispatch(list, type, decoded)) return;
  constexpr std::size_t kShown = 32;  // bytes of a type that came from outside
  refuse(Refusal{.code = Code::kUnknownType,
                 .message = fmt::format("{} does not know requests of type '{}'", who, type.substr(0, kShown))});
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
