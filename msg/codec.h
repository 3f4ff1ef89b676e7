// MessagePack, to and from structs with field tables. The only door to msgpack is codec.cpp.
//
// Decoding is strict: a missing field, a wrong type, a number out of range, an unknown enum word, bytes left over are
// all errors, and nothing is allocated before its length has been checked (TRAPS 11). Limits: nesting 8, 64 entries in
// a map, 4096 in an array, 64 KiB in a string, 1 MiB in a blob.
//
// encode and decode are declared for any type and instantiated in codec.cpp for every message: a type that is missing
// there fails to link.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace msg {

constexpr std::uint32_t kReadArrayMax = 4096;
// Of the elements that a message of ours has at most: a reader of the release before may have a smaller limit.
constexpr std::uint32_t kWriteArrayMax = kReadArrayMax / 2;

// Appends the bytes of `value` to `out`.
template <class T>
void encode(const T& value, std::string& out);

// Reads one value from the start of `bytes`. `used`, if given, receives how many bytes it took, and more may follow;
// without it, bytes left over are an error.
template <class T>
base::Result<T> decode(std::string_view bytes, std::size_t* used = nullptr);

template <class T>
std::string encoded(const T& value) {
  std::string out;
  encode(value, out);
  return out;
}

// The bytes of the first MessagePack value, without taking it apart further than its limits demand.
base::Result<std::string_view> skip_value(std::string_view bytes);

}  // namespace msg
