#include "tests/sim/image.h"

#include <cstring>

namespace sim {

void ImageWriter::number(std::uint64_t value) { bytes.append(reinterpret_cast<const char*>(&value), sizeof value); }

void ImageWriter::text(base::BytesView value) {
  number(value.size());
  bytes += value;
}

void ImageWriter::position(const stream::Position& position) {
  text(position.store);
  number(position.applied.value());
  number(position.block.value());
  text(position.hash);
  number(static_cast<std::uint64_t>(position.at));
}

base::BytesView ImageReader::take(std::uint64_t size) {
  if (size > left_.size()) throw std::runtime_error("the view is damaged: it ends early");
  const auto taken = left_.substr(0, size);
  left_.remove_prefix(size);
  return taken;
}

std::uint64_t ImageReader::number() {
  std::uint64_t value = 0;
  std::memcpy(&value, take(sizeof value).data(), sizeof value);
  return value;
}

std::string ImageReader::text() { return std::string(take(number())); }

stream::Position ImageReader::position() {
  stream::Position position;
  position.store = text();
  position.applied = base::Seq(number());
  position.block = base::BlockNo(number());
  position.hash = text();
  position.at = static_cast<std::int64_t>(number());
  return position;
}

}  // namespace sim
