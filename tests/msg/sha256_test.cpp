// SHA-256: known digests, in one piece and in several, from several threads.
#include "msg/sha256.h"

#include <gtest/gtest.h>

#include <array>
#include <string_view>
#include <thread>
#include <vector>

namespace {

// FIPS 180-4: of "abc". It holds a zero byte, so its length is not that of a C string.
constexpr char kBytes[] =
    "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61"
    "\xf2\x00\x15\xad";
const msg::Hash kOfAbc(kBytes, sizeof kBytes - 1);

msg::Hash hash_of_pieces(const std::vector<std::string_view>& pieces) {
  msg::Sha256 hash;
  for (const auto piece : pieces) hash.add(piece);
  return hash.finish();
}

TEST(Sha256, OfEachTextIsItsOwnWhateverWasHashedBefore) {
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(msg::sha256("abc"), kOfAbc);
    EXPECT_EQ(msg::sha256("").substr(0, 2), "\xe3\xb0");
  }
}

TEST(Sha256, OfPiecesIsThatOfTheWhole) {
  EXPECT_EQ(hash_of_pieces({"a", "", "bc"}), kOfAbc);
  EXPECT_EQ(hash_of_pieces({}), msg::sha256(""));
}

TEST(Sha256, EachThreadHasItsOwn) {
  std::array<int, 4> wrong{};
  std::vector<std::thread> threads;
  for (auto& count : wrong) {
    threads.emplace_back([&count] {
      for (int i = 0; i < 20'000; ++i) count += msg::sha256("abc") == kOfAbc ? 0 : 1;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, (std::array<int, 4>{}));
}

}  // namespace
