// The bytes of a view in memory, for snapshots of it: numbers of eight bytes, and texts with their length before them.
//
// ImageReader throws std::runtime_error if the bytes are not such an image. It does not look at bytes behind the end.
// Threads: none.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "base/core.h"
#include "msg/codec.h"
#include "stream/position.h"

namespace sim {

class ImageWriter {
 public:
  void number(std::uint64_t value);
  void text(base::BytesView value);
  void position(const stream::Position& position);
  template <class Message>
  void message(const Message& message) {
    text(msg::encoded(message));
  }
  base::Bytes bytes;
};

class ImageReader {
 public:
  explicit ImageReader(base::BytesView bytes) : left_(bytes) {}

  std::uint64_t number();
  std::string text();
  stream::Position position();
  template <class Message>
  Message message() {
    auto message = msg::decode<Message>(text());
    if (!message) throw std::runtime_error("the view is damaged: " + message.error().message);
    return std::move(*message);
  }

 private:
  base::BytesView take(std::uint64_t size);
  base::BytesView left_;
};

}  // namespace sim
