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

std::uint64_t entropy();   // a seed from the operating system
std::string random_key();  // 22 characters from the operating system's entropy, for request keys

}  // namespace base
