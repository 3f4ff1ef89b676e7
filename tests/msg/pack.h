// MessagePack by hand, for bytes that our own encoder never writes.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "msg/codec.h"

namespace pack {

inline std::string text(const std::string& value) {
  if (value.size() > 31) throw std::runtime_error("too long for this helper");
  return static_cast<char>(0xa0 | value.size()) + value;
}

inline std::string number(std::uint64_t value) {
  std::string out = "\xcf";
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift);
  return out;
}

inline std::string minus_one() { return "\xff"; }
inline std::string nil() { return "\xc0"; }
inline std::string one_and_a_half() { return std::string("\xcb\x3f\xf8\0\0\0\0\0\0", 9); }

// A map as its parts: the bytes of each key and each value.
using Entries = std::vector<std::pair<std::string, std::string>>;

inline std::string map(const Entries& entries) {
  std::string out = "\xde";
  out += static_cast<char>(entries.size() >> 8);
  out += static_cast<char>(entries.size());
  for (const auto& [key, value] : entries) out += key + value;
  return out;
}

// Decodes the output of encode() into its parts.
inline Entries entries_of(const std::string& bytes) {
  std::string_view rest = bytes;
  const auto lead = static_cast<unsigned char>(rest.front());
  int left = lead & 0x0f;
  if (lead == 0xde) {
    left = static_cast<unsigned char>(rest[1]) << 8 | static_cast<unsigned char>(rest[2]);
    rest.remove_prefix(3);
  } else {
    if (lead < 0x80 || lead > 0x8f) throw std::runtime_error("not a map of fewer than 65,536 entries");
    rest.remove_prefix(1);
  }
  Entries entries;
  const auto take = [&] {
    const std::string value(msg::skip_value(rest).value());
    rest.remove_prefix(value.size());
    return value;
  };
  for (; left > 0; --left) {
    auto key = take();
    entries.emplace_back(std::move(key), take());
  }
  return entries;
}

inline Entries with(Entries entries, const std::string& key, const std::string& value) {
  for (auto& entry : entries) {
    if (entry.first == text(key)) {
      entry.second = value;
      return entries;
    }
  }
  entries.emplace_back(text(key), value);
  return entries;
}

}  // namespace pack
