// Makes two different requests with the same short digest. ledger/hash.h can be inverted, so any client could do this.
#pragma once

#include <algorithm>
#include <string>

#include "ledger/hash.h"
#include "msg/requests.h"

namespace support {

// The inverse of ledger::mix. unshift undoes a shift from the top; a factor is undone by its inverse modulo 2^64.
constexpr std::uint64_t unshift(std::uint64_t x, unsigned by) {
  auto y = x;
  for (unsigned done = by; done < 64; done += by) y = x ^ (y >> by);
  return y;
}
constexpr std::uint64_t inverse(std::uint64_t odd) {
  auto x = odd;
  for (int i = 0; i < 6; ++i) x *= 2 - odd * x;
  return x;
}
constexpr std::uint64_t unmix(std::uint64_t x) {
  x = unshift(x, 31) * inverse(0x94d049bb133111ebULL);
  x = unshift(x, 27) * inverse(0xbf58476d1ce4e5b9ULL);
  return unshift(x, 30);
}
static_assert(unmix(ledger::mix(0x0123'4567'89ab'cdefULL)) == 0x0123'4567'89ab'cdefULL);

// Returns the state before a step of ledger::Hasher, XORed with the word that the step adds.
constexpr std::uint64_t before_step(std::uint64_t state) { return unmix(state) - 0x9e3779b97f4a7c15ULL; }

// Returns an `add` of two items without ids whose short digest is `target`. The last eight bytes of the second title
// follow from the others; it tries until they are printable.
inline msg::AddItems add_with_short_digest(std::string key, std::uint64_t target) {
  auto after_title = target;
  for (int i = 0; i < 3; ++i) after_title = before_step(after_title);  // an empty topic, price 0, stock 0
  for (std::uint64_t tries = 0;; ++tries) {
    std::string title(8, 'a');
    for (std::size_t i = 0; i < title.size(); ++i) title[i] = static_cast<char>('a' + (tries >> (4 * i)) % 16);
    ledger::Hasher hasher(2);
    hasher.add(std::uint64_t{2});
    hasher.add(std::uint64_t{0}).add("x").add("").add(std::uint64_t{0}).add(std::uint64_t{0});
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8; ++i) word |= std::uint64_t{static_cast<unsigned char>(title[i])} << (8 * i);
    hasher.add(std::uint64_t{0}).add(std::uint64_t{16}).add(word);
    const auto last = hasher.value() ^ before_step(after_title);
    for (unsigned i = 0; i < 8; ++i) title += static_cast<char>(last >> (8 * i) & 0xff);
    const bool printable = std::all_of(title.begin(), title.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    if (printable) return {std::move(key), {{{}, "x", "", {}, {}}, {{}, title, "", {}, {}}}};
  }
}

}  // namespace support
