// Shared by the fuzz targets: reads the input as a script of steps, and checks every frame that a core sends.
//
// A target is one function, LLVMFuzzerTestOneInput; libFuzzer makes the inputs. An oracle is a CHECK that must hold for
// any input.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/core.h"
#include "base/log.h"
#include "msg/envelope.h"
#include "msg/internal.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

// Turns the log off: a run would log millions of refusals.
inline const bool kQuiet = (base::log::start(base::log::Level::kOff, "fuzz"), true);

// Reads the input as steps. A small number is one byte; a text is its length in two bytes and then its bytes. A script
// that ends too early continues with zeros, so every input is a script.
class Steps {
 public:
  Steps(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const char*>(data), size) {}
  bool done() const { return rest_.empty(); }
  std::uint8_t byte() {
    if (rest_.empty()) return 0;
    const auto first = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return first;
  }
  std::string_view bytes() {
    const std::size_t low = byte();
    const auto found = rest_.substr(0, low + (std::size_t{byte()} << 8));
    rest_.remove_prefix(found.size());
    return found;
  }
  std::string_view rest() { return std::exchange(rest_, {}); }

 private:
  std::string_view rest_;
};

// Writes a script of steps, for the seeds.
class Script {
 public:
  template <class... Bytes>
  Script& step(Bytes... bytes) {
    (text_.push_back(static_cast<char>(bytes)), ...);
    return *this;
  }
  Script& bytes(std::string_view bytes) {
    step(bytes.size() & 0xff, bytes.size() >> 8);
    text_ += bytes;
    return *this;
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Checks a frame that is about to leave: its receiver must be able to accept it and to decode all of it.
template <class Visit>
void each_message(const base::Bytes& frame, Visit visit) {
  CHECK(frame.size() <= msg::kFrameBytesMax, "a frame of {} bytes is larger than its receiver accepts", frame.size());
  for (msg::FrameReader reader(frame); !reader.done();) {
    const auto message = reader.next();
    CHECK(message, "a frame cannot be decoded: {}", message.error().message);
    visit(*message);
  }
}

// Checks all effects in the outbox, hands the messages to the callbacks, and empties the outbox.
template <class OnReply, class OnSend>
void collect(base::Outbox& out, OnReply on_reply, OnSend on_send) {
  for (const auto& [to, frames] : out.replies()) {
    for (const auto& frame : frames) {
      each_message(frame, [&, &client = to](const msg::Message& message) {
        CHECK(message.header.t == msg::kReplyType, "an answer of type {}", message.header.t);
        CHECK(!message.header.err || msg::decode_refusal(message), "a refusal cannot be decoded");
        on_reply(client, message);
      });
    }
  }
  for (const auto& [to, frames] : out.sends()) {
    for (const auto& frame : frames) {
      each_message(frame, [&, &peer = to](const msg::Message& message) { on_send(peer, message); });
    }
  }
  for (const auto& each : out.publications()) {
    const bool beat = each.topic == msg::kHeartbeatTopic;
    CHECK(!beat || msg::decode<msg::Heartbeat>(each.payload), "a heartbeat cannot be decoded");
  }
  out.clear();
}

inline constexpr std::array<std::string_view, 3> kTopics{msg::kBlockTopic, msg::kMarkTopic, msg::kHeartbeatTopic};

// Returns whether these bytes are one whole value, as the body of a message must be.
inline bool is_one_value(std::string_view body) {
  const auto value = msg::skip_value(body);
  return value && value->size() == body.size();
}

// Encodes a request of a known type with any body.
inline base::Bytes request(std::string_view type, std::uint64_t id, std::string_view body) {
  msg::Header header;
  header.t = type;
  header.id = id;
  base::Bytes frame;
  msg::append_message(frame, header, body);
  return frame;
}

}  // namespace fuzz
