// Random numbers from a seed, so that a run can be repeated.
//
// SplitMix64 (Steele, Lea, Flood 2014): small, fast, and the same on every platform, which the distributions of
// <random> are not. Not for secrets.
#pragma once

#include <cstdint>
#include <string>

namespace base {

class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  std::uint64_t below(std::uint64_t bound);                      // 0 .. bound-1; bound > 0
  std::uint64_t between(std::uint64_t low, std::uint64_t high);  // low .. high, both included
  bool chance(double probability);
  double unit();  // 0 <= x < 1

 private:
  std::uint64_t state_;
};

std::uint64_t entropy();  // a seed from the operating system
// A request key of 25 characters: 9 for the time in milliseconds, the rest from the operating system's entropy. Keys
// rise with time, so a store's index of them grows in a few warm pages: an order costs a replica a quarter as much.
std::string new_key();

}  // namespace base
