#include "tasks/histogram.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace tasks {
namespace {

constexpr unsigned kSubBits = 6;
constexpr std::uint64_t kSubBuckets = std::uint64_t{1} << kSubBits;
constexpr std::size_t kBuckets = (64 - kSubBits - 1) * kSubBuckets + 2 * kSubBuckets;

// The number of low bits to cut off so that the value lies in 64 .. 127. 0 for values below 128.
unsigned shift_of(std::uint64_t value) {
  const auto bits = static_cast<unsigned>(std::bit_width(value));
  return bits > kSubBits + 1 ? bits - kSubBits - 1 : 0;
}

std::size_t bucket_of(std::uint64_t value) {
  const auto shift = shift_of(value);
  return static_cast<std::size_t>(shift * kSubBuckets + (value >> shift));
}

std::uint64_t middle_of(std::size_t bucket) {
  if (bucket < 2 * kSubBuckets) return bucket;
  const auto shift = bucket / kSubBuckets - 1;
  const auto least = (bucket - shift * kSubBuckets) << shift;
  return least + (std::uint64_t{1} << shift) / 2;
}

}  // namespace

Histogram::Histogram() : buckets_(kBuckets) {}

void Histogram::add(std::uint64_t value) {
  ++buckets_[bucket_of(value)];
  ++count_;
  max_ = std::max(max_, value);
}

std::uint64_t Histogram::quantile(std::uint64_t part, std::uint64_t whole) const {
  CHECK(part > 0 && part <= whole && whole <= 1'000'000, "part={} whole={}", part, whole);
  // The rank, rounded up. It is computed in two parts so that nothing overflows.
  auto rank = count_ / whole * part + (count_ % whole * part + whole - 1) / whole;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (buckets_[i] >= rank && rank > 0) return std::min(middle_of(i), max_);
    rank -= std::min(rank, buckets_[i]);
  }
  return max_;
}

}  // namespace tasks
