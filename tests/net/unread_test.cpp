#include "net/unread.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace {

using net::Unread;

class UnreadTest : public testing::Test {
 protected:
  // The frames that libzmq would hold.
  void hand(const std::string& peer, std::size_t bytes) {
    held.push_back(unread.hand_over(peer, std::string(bytes - Unread::kFrameCost, 'x')));
  }
  // The number of frames that are taken for this peer.
  std::size_t taken_for(const std::string& peer, std::size_t bytes) {
    std::size_t taken = 0;
    for (; unread.takes(peer, bytes - Unread::kFrameCost); ++taken) hand(peer, bytes);
    return taken;
  }

  Unread unread;
  std::vector<zmq::message_t> held;
};

TEST_F(UnreadTest, TheBytesOfTheFrameAreHandedOver) {
  const auto message = unread.hand_over("a", "an answer");
  EXPECT_EQ(message.to_string_view(), "an answer");
  EXPECT_EQ(unread.bytes(), 9 + Unread::kFrameCost);
}

TEST_F(UnreadTest, AFrameThatLibzmqLetsGoOfIsNoLongerCounted) {
  hand("a", 1000);
  hand("b", 2000);
  held.erase(held.begin());
  EXPECT_EQ(unread.bytes(), 2000U);
  held.clear();
  EXPECT_EQ(unread.bytes(), 0U);
}

TEST_F(UnreadTest, PeersThatAreGoneLeaveNoEntryBehind) {
  hand("a", 1000);
  hand("b", 1000);
  held.erase(held.begin());
  unread.sweep();
  EXPECT_EQ(unread.peers(), 1U);
  held.clear();
  unread.sweep();
  EXPECT_EQ(unread.peers(), 0U);
}

TEST_F(UnreadTest, FramesThatLibzmqHoldsMayOutliveIt) {
  std::optional<Unread> gone(std::in_place);
  auto message = gone->hand_over("a", "an answer");
  gone.reset();
  EXPECT_EQ(message.to_string_view(), "an answer");
}

TEST_F(UnreadTest, APeerThatDoesNotReadIsBehindUntilItDoes) {
  hand("a", Unread::kPeerBehind);
  EXPECT_TRUE(unread.is_behind("a"));
  EXPECT_FALSE(unread.is_behind("b"));
  held.clear();
  EXPECT_FALSE(unread.is_behind("a"));
}

TEST_F(UnreadTest, ALittleThatWaitsIsNotBehindUntilAllIsUsed) {
  hand("a", Unread::kSparedBytes);
  hand("small", Unread::kSparedBytes - 1);
  EXPECT_FALSE(unread.is_behind("a"));
  hand("others", Unread::kBytesMax - 2 * Unread::kSparedBytes);
  EXPECT_FALSE(unread.is_behind("a")) << "a byte is left";
  hand("others", Unread::kFrameCost + 1);
  EXPECT_TRUE(unread.is_behind("a"));
  EXPECT_FALSE(unread.is_behind("small"));
}

// --- bounds, each filled twice ---

TEST_F(UnreadTest, BytesForAPeerAreBounded) {
  const auto bytes = Unread::kPeerBytesMax / 16;
  EXPECT_EQ(taken_for("a", bytes), 16U);
  EXPECT_EQ(taken_for("b", bytes), 16U);
  held.clear();
  EXPECT_EQ(taken_for("a", bytes), 16U);
}

TEST_F(UnreadTest, WhenManyDoNotReadPeersThatDoAreStillAnswered) {
  for (int round = 0; round < 2; ++round) {
    for (int peer = 0; peer < 4; ++peer) taken_for("flood" + std::to_string(peer), Unread::kPeerBytesMax / 16);
    EXPECT_EQ(unread.bytes(), Unread::kBytesMax);
    EXPECT_TRUE(unread.takes("reads", 1024 * 1024));
    hand("reads", Unread::kSparedBytes);
    EXPECT_TRUE(unread.is_behind("reads"));
    EXPECT_FALSE(unread.takes("reads", 1));
    for (int peer = 0; peer < 100; ++peer) taken_for("crowd" + std::to_string(peer), 1024 * 1024);
    EXPECT_LE(unread.bytes(), 2 * Unread::kBytesMax);
    held.clear();
    EXPECT_EQ(unread.bytes(), 0U);
  }
}

}  // namespace
