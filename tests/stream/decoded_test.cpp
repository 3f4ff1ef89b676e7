#include "stream/decoded.h"

#include <gtest/gtest.h>

#include "tests/support/blocks.h"

namespace {

TEST(Decoded, IsTheBlockWithItsEventsWhateverFollows) {
  support::Stream stream;
  const auto block = stream.block({support::item_added(1), support::item_added(2)});
  const auto told = stream::decoded(block + "what follows");
  ASSERT_TRUE(told);
  EXPECT_EQ(told->bytes, block);
  EXPECT_EQ(told->block.hash.bytes, msg::hash_of(block));
  ASSERT_TRUE(told->events);
  EXPECT_EQ(told->events->size(), 2u);
}

TEST(Decoded, TheSameBlockIsDecodedOnce) {
  support::Stream stream;
  const auto block = stream.block({support::item_added(1)});
  const auto first = stream::decoded(block);
  EXPECT_EQ(stream::decoded(block + "a mark"), first);
  const auto other = stream::decoded(stream.block({support::item_added(2)}));
  ASSERT_TRUE(other);
  EXPECT_NE(other, first);
  EXPECT_EQ(first->bytes, block) << "a follower may still use it";
}

TEST(Decoded, ADamagedCopyOfTheLastBlockIsRefused) {
  support::Stream stream;
  const auto block = stream.block({support::item_added(1)});
  ASSERT_TRUE(stream::decoded(block));
  for (std::size_t at = 0; at < block.size(); ++at) {
    auto damaged = block;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    EXPECT_FALSE(stream::decoded(damaged)) << "byte " << at;
    EXPECT_FALSE(stream::decoded(block.substr(0, at)));
  }
  EXPECT_TRUE(stream::decoded(block));
}

}  // namespace
