// A 64-bit hash that is the same on every platform and in every version, because processes compare the digests of their
// states (G5).
//
// It can be inverted, so it is easy to make two inputs with the same hash. So never rely on it where a client
// may be hostile: requests are compared by SHA-256 (ledger/command.h).
#pragma once

#include <cstdint>
#include <string_view>

#include "msg/types.h"

namespace ledger {

// SplitMix64's finaliser: every bit of the input affects every bit of the output.
constexpr std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

class Hasher {
 public:
  constexpr explicit Hasher(std::uint64_t seed = 0) : state_(mix(seed + kStep)) {}

  constexpr Hasher& add(std::uint64_t value) {
    state_ = mix((state_ ^ value) + kStep);
    return *this;
  }
  constexpr Hasher& add(std::int64_t value) { return add(static_cast<std::uint64_t>(value)); }
  // The length is hashed first, so that "ab","c" and "a","bc" differ. Bytes are taken in little-endian order.
  constexpr Hasher& add(std::string_view text) {
    add(std::uint64_t{text.size()});
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      word |= std::uint64_t{static_cast<unsigned char>(text[i])} << (i % 8 * 8);
      if (i % 8 == 7 || i + 1 == text.size()) {
        add(word);
        word = 0;
      }
    }
    return *this;
  }
  constexpr std::uint64_t value() const { return state_; }

 private:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ULL;
  std::uint64_t state_;
};

// For rows and items that have a list of places. The others are hashed as before there were places.
inline void add_places(Hasher& hasher, const msg::Places& places) {
  hasher.add(std::string_view("places")).add(std::uint64_t{places.size()});
  for (const auto& each : places) hasher.add(std::string_view(each.place)).add(each.pieces.value());
}

}  // namespace ledger
