// Recent keeps the latest blocks in memory, and gives an asker those that it lacks.
#include "stream/recent.h"

#include <gmock/gmock.h>

namespace stream {
namespace {

using base::Seq;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::uint64_t> firsts(const Recent& recent, std::uint64_t from, std::uint64_t to, std::size_t bytes_max) {
  std::vector<std::uint64_t> all;
  const auto found = recent.read(Seq(from), Seq(to), bytes_max);
  if (!found) return {0};
  for (const auto* entry : *found) all.push_back(entry->first.value());
  return all;
}

TEST(Recent, KeepsAsManyBytesAsItMay) {
  Recent recent(100);
  for (std::uint64_t seq = 1; seq <= 40; ++seq) recent.add(Seq(seq), Seq(seq), base::Bytes(10, 'b'));
  EXPECT_THAT(firsts(recent, 30, 40, 1000), ElementsAre(0)) << "it is not kept any more";
  EXPECT_EQ(firsts(recent, 31, 40, 1000).size(), 10U);
}

TEST(Recent, AlwaysKeepsTheLastBlock) {
  Recent recent(100);
  EXPECT_THAT(firsts(recent, 1, 9, 1), ElementsAre(0));
  recent.add(Seq(1), Seq(1), base::Bytes(10, 'b'));
  recent.add(Seq(2), Seq(2), base::Bytes(1000, 'b'));
  EXPECT_THAT(firsts(recent, 1, 2, 1), ElementsAre(0));
  EXPECT_THAT(firsts(recent, 2, 2, 1), ElementsAre(2));
}

TEST(Recent, GivesWholeBlocksUpToTheSeqAndTheBytes) {
  Recent recent(1000);
  recent.add(Seq(1), Seq(4), base::Bytes(10, 'b'));
  recent.add(Seq(5), Seq(5), base::Bytes(10, 'b'));
  recent.add(Seq(6), Seq(9), base::Bytes(10, 'b'));
  EXPECT_THAT(firsts(recent, 3, 5, 1000), ElementsAre(1, 5));
  EXPECT_THAT(firsts(recent, 4, 6, 1000), ElementsAre(1, 5, 6));
  EXPECT_THAT(firsts(recent, 5, 9, 20), ElementsAre(5, 6));
  EXPECT_THAT(firsts(recent, 5, 9, 19), ElementsAre(5)) << "a block more would be too much";
  EXPECT_THAT(firsts(recent, 5, 9, 1), ElementsAre(5)) << "one is always given";
  EXPECT_THAT(firsts(recent, 10, 12, 1), IsEmpty()) << "it does not exist yet";
}

}  // namespace
}  // namespace stream
