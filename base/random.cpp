#include "base/random.h"

#include <unistd.h>

#include "base/check.h"
#include "base/time.h"

namespace base {

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t Random::below(std::uint64_t bound) {
  CHECK(bound > 0);
  return next() % bound;
}

std::uint64_t Random::between(std::uint64_t low, std::uint64_t high) { return low + below(high - low + 1); }

bool Random::chance(double probability) { return unit() < probability; }

double Random::unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

// std::random_device asks the processor, which takes 10 microseconds and more on a virtual machine.
std::uint64_t entropy() {
  std::uint64_t drawn = 0;
  CHECK(::getentropy(&drawn, sizeof drawn) == 0);
  return drawn;
}

std::string new_key() {
  static constexpr char kDigits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string key(25, '0');
  auto time = static_cast<std::uint64_t>(now().wall);
  for (auto digit = 9; digit-- > 0; time /= 36) key[static_cast<std::size_t>(digit)] = kDigits[time % 36];
  Random random(entropy());
  for (std::size_t i = 9; i < key.size(); ++i) key[i] = kDigits[random.below(36)];
  return key;
}

}  // namespace base
