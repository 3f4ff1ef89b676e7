// MessagePack, to and from structs with field tables. The only door to msgpack is codec.cpp.
//
// Decoding is strict: a missing field, a wrong type, a number out of range, an unknown word of an enum and bytes left
// over are errors. Nothing is allocated before its length has been checked (TRAPS 11). Limits: nesting 10, 64 entries
// in a map, 4096 in an array, 64 KiB in a string, 1 MiB in a blob.
//
// encode and decode are declared for any type and instantiated in codec.cpp for every message: a type that is missing
// there fails to link.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace msg {

constexpr std::uint32_t kReadArrayMax = 4096;
// The most elements that a message of ours has: a reader of the release before may have a smaller limit.
constexpr std::uint32_t kWriteArrayMax = kReadArrayMax / 2;

// Appends the bytes of `value` to `out`.
template <class T>
void encode(const T& value, std::string& out);

// Reads one value from the start of `bytes`. If `used` is given, it receives the number of bytes that the value takes,
// and more bytes may follow. Without it, bytes after the value are an error.
template <class T>
base::Result<T> decode(std::string_view bytes, std::size_t* used = nullptr);

template <class T>
std::string encoded(const T& value) {
  std::string out;
  encode(value, out);
  return out;
}

// Returns the bytes of the first MessagePack value. It decodes the value only as far as the limits demand.
base::Result<std::string_view> skip_value(std::string_view bytes);

}  // namespace msg
