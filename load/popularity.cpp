#include "load/popularity.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace load {

Popularity Popularity::uniform(std::size_t items) {
  CHECK(items > 0, "nothing to choose from");
  return Popularity(items);
}

Popularity Popularity::zipf(std::size_t items) {
  auto popularity = uniform(items);
  double sum = 0;
  for (std::size_t i = 1; i <= items; ++i) {
    sum += 1 / std::pow(static_cast<double>(i), kZipfExponent);
    popularity.up_to_.push_back(sum);
  }
  for (auto& one : popularity.up_to_) one /= sum;
  return popularity;
}

std::size_t Popularity::choose(base::Random& random) const {
  if (up_to_.empty()) return random.below(items_);
  const auto found = std::upper_bound(up_to_.begin(), up_to_.end(), random.unit());
  return std::min(static_cast<std::size_t>(found - up_to_.begin()), items_ - 1);
}

}  // namespace load
