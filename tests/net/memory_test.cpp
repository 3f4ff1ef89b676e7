// The memory of a peak is given back once, and not too often.
#include "net/memory.h"

#include <gtest/gtest.h>
#include <malloc.h>

namespace {

int given_back = 0;

}  // namespace

// In the place of the C library's.
extern "C" int malloc_trim(std::size_t) noexcept {
  ++given_back;
  return 1;
}

namespace {

using namespace std::chrono_literals;

class MemoryTest : public testing::Test {
 protected:
  static constexpr auto kPeak = net::Memory::kPeak;
  void tick(std::size_t waiting, base::Duration later = 0s) { memory.on_tick(waiting, start + later); }
  static int times() { return std::exchange(given_back, 0); }

  MemoryTest() { times(); }
  const base::Mono start{1h};
  net::Memory memory;
};

TEST_F(MemoryTest, WithoutAPeakNothingIsGivenBack) {
  tick(kPeak - 1);
  tick(0);
  EXPECT_EQ(times(), 0);
}

TEST_F(MemoryTest, AfterAPeakItIsGivenBackOnce) {
  tick(kPeak);
  EXPECT_EQ(times(), 0) << "it still waits";
  tick(kPeak - 1);
  EXPECT_EQ(times(), 1);
  tick(0, net::Memory::kEvery);
  EXPECT_EQ(times(), 0);
}

TEST_F(MemoryTest, AfterPeaksThatFollowEachOtherOnlyEverySoOften) {
  tick(kPeak);
  tick(0);
  EXPECT_EQ(times(), 1);
  tick(kPeak, 1s);
  tick(0, net::Memory::kEvery - 1ns);
  EXPECT_EQ(times(), 0);
  tick(0, net::Memory::kEvery);
  EXPECT_EQ(times(), 1);
}

}  // namespace
