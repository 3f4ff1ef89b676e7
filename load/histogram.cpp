#include "load/histogram.h"

#include <algorithm>
#include <bit>

#include "base/check.h"

namespace load {
namespace {

constexpr unsigned kSubBits = 7;
constexpr std::uint64_t kSubBuckets = std::uint64_t{1} << kSubBits;
constexpr std::size_t kBuckets = (64 - kSubBits - 1) * kSubBuckets + 2 * kSubBuckets;

// The number of low bits to cut off so that the value lies in 128 .. 255. 0 for values below 256.
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

void Histogram::add(std::uint64_t value, std::uint64_t times) {
  buckets_[bucket_of(value)] += times;
  count_ += times;
  sum_ += value * times;
  max_ = std::max(max_, value);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < kBuckets; ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

double Histogram::mean() const { return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_); }

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

// The last row has the maximum itself, so that it stays exact.
std::vector<Histogram::Row> Histogram::rows() const {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < kBuckets; ++i) {
    if (buckets_[i] > 0) rows.emplace_back(middle_of(i), buckets_[i]);
  }
  if (!rows.empty()) rows.back().first = max_;
  return rows;
}

Histogram Histogram::of(const std::vector<Row>& rows, std::uint64_t sum) {
  Histogram histogram;
  for (const auto& [value, times] : rows) histogram.add(value, times);
  histogram.sum_ = sum;
  return histogram;
}

}  // namespace load
