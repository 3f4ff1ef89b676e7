// Random numbers from a seed, so that a run can be had again.
//
// SplitMix64 (Steele, Lea, Flood 2014): small, fast, the same on every platform, unlike the distributions of <random>.
// Not for secrets.
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
// A request key: 25 characters, the time first (milliseconds, 9 of them) and then from the operating system's entropy.
// That keys rise keeps a store's index of them in a few warm pages: an order costs a replica a quarter as much.
std::string new_key();

}  // namespace base
