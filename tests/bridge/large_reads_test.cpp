#include "bridge/large_reads.h"

#include <gtest/gtest.h>

namespace bridge {
namespace {

using namespace std::chrono_literals;

class LargeReadsTest : public testing::Test {
 protected:
  void add(std::size_t times, base::Duration when = 0s) {
    for (std::size_t i = 0; i < times; ++i) {
      reads.add({[this] { ++sent; }, [this] { ++refused; }}, base::Mono{} + when);
    }
  }
  void answer(std::size_t times) {
    for (std::size_t i = 0; i < times; ++i) reads.answered();
  }

  LargeReads reads;
  std::size_t sent = 0;
  std::size_t refused = 0;
};

TEST_F(LargeReadsTest, ReadsAtTheStoreAreBoundedAndTheNextGoesWhenOneIsBack) {
  for (int round = 0; round < 2; ++round) {
    sent = 0;
    add(LargeReads::kAtStoreMax + 5);
    EXPECT_EQ(sent, LargeReads::kAtStoreMax);
    answer(3);
    EXPECT_EQ(sent, LargeReads::kAtStoreMax + 3);
    answer(LargeReads::kAtStoreMax + 2);
    EXPECT_EQ(sent, LargeReads::kAtStoreMax + 5);
    EXPECT_EQ(reads.waiting(), 0U);
  }
  EXPECT_EQ(refused, 0U);
}

TEST_F(LargeReadsTest, WaitingReadsAreBoundedAndTheRestIsRefusedAtOnce) {
  add(LargeReads::kAtStoreMax + LargeReads::kWaitingMax);
  EXPECT_EQ(refused, 0U);
  add(2);
  EXPECT_EQ(refused, 2U);
  answer(1);
  add(1);
  EXPECT_EQ(refused, 2U);
}

TEST_F(LargeReadsTest, NoneIsSentWhileTooMuchWaitsForReaders) {
  for (int round = 0; round < 2; ++round) {
    reads.unwritten(LargeReads::kUnwrittenMax);
    EXPECT_TRUE(reads.is_full());
    sent = 0;
    add(1);
    EXPECT_EQ(sent, 0U);
    reads.written(LargeReads::kUnwrittenMax);
    EXPECT_EQ(sent, 1U);
    EXPECT_EQ(reads.unwritten_bytes(), 0U);
    answer(1);
  }
}

TEST_F(LargeReadsTest, AReadThatHasWaitedTooLongIsRefused) {
  reads.unwritten(LargeReads::kUnwrittenMax);
  add(2, 0s);
  add(1, 1s);
  reads.sweep(base::Mono{} + LargeReads::kWaitMax - 1ms);
  EXPECT_EQ(refused, 0U);
  reads.sweep(base::Mono{} + LargeReads::kWaitMax);
  EXPECT_EQ(refused, 2U);
  EXPECT_EQ(reads.waiting(), 1U);
}

}  // namespace
}  // namespace bridge
