#include "load/popularity.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace load {
namespace {

constexpr unsigned kChoices = 200'000;

std::vector<double> shares(const Popularity& popularity, std::size_t items) {
  base::Random random(3);
  std::vector<double> shares(items);
  for (unsigned i = 0; i < kChoices; ++i) shares.at(popularity.choose(random)) += 1.0 / kChoices;
  return shares;
}

TEST(Popularity, UniformGivesEveryItemTheSameShare) {
  for (const auto share : shares(Popularity::uniform(20), 20)) EXPECT_NEAR(share, 0.05, 0.005);
}

TEST(Popularity, ZipfGivesItemsTheirSharesByRank) {
  const auto told = shares(Popularity::zipf(1000), 1000);
  double sum = 0;
  for (int i = 1; i <= 1000; ++i) sum += std::pow(i, -Popularity::kZipfExponent);
  for (const std::size_t rank : {1U, 2U, 3U, 10U, 100U}) {
    EXPECT_NEAR(told[rank - 1], std::pow(rank, -Popularity::kZipfExponent) / sum, 0.003) << rank;
  }
  EXPECT_NEAR(told[0], 0.13, 0.005);
}

TEST(Popularity, OfOneItemItIsAlwaysChosen) {
  base::Random random(1);
  const auto zipf = Popularity::zipf(1);
  const auto uniform = Popularity::uniform(1);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(zipf.choose(random), 0U);
    EXPECT_EQ(uniform.choose(random), 0U);
  }
}

}  // namespace
}  // namespace load
