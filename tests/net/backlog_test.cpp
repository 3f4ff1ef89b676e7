#include "net/backlog.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "msg/envelope.h"

namespace {

using net::Backlog;

// A message whose frame has about `bytes` bytes.
std::string message(std::size_t bytes = 20) {
  std::string frame;
  msg::Header header;
  header.t = "some";
  msg::append_message(frame, header, std::string_view("\xda\x00\x00", 3));  // an empty str of 16 bits of length
  const auto size = bytes - std::min(bytes, frame.size());
  frame[frame.size() - 2] = static_cast<char>(size >> 8);
  frame[frame.size() - 1] = static_cast<char>(size & 0xff);
  return frame.append(size, 'x');
}

std::string repeated(const std::string& part, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += part;
  return all;
}

class BacklogTest : public testing::Test {
 protected:
  bool add(const std::string& peer, const std::string& frame, bool with_delimiter = false) {
    return backlog.add({peer, with_delimiter}, frame);
  }

  // The peers in the order in which the core was told, until nothing is left.
  bool tell_one() {
    return backlog.tell_next([this](const std::string& peer) { return behind.count(peer) == 0; },
                             [this](const base::ClientId& from, base::BytesView piece, const net::AdmittedPtr& by) {
                               proved_by.push_back(by);
                               told.push_back(from.routing);
                               pieces.emplace_back(piece);
                               delimited = from.delimited;
                             });
  }
  void tell_all() {
    while (tell_one()) {
    }
  }

  // The number of frames of `size` that are taken from this peer. Each is one piece, because it cannot be decoded.
  std::size_t taken_of(const std::string& peer, std::size_t size) {
    const std::string frame(size, '\xc1');
    std::size_t taken = 0;
    while (add(peer, frame)) ++taken;
    return taken;
  }

  Backlog backlog;
  std::set<std::string> behind;
  std::vector<std::string> told;
  std::vector<std::string> pieces;
  std::vector<net::AdmittedPtr> proved_by;
  bool delimited = false;
};

TEST_F(BacklogTest, ASmallFrameIsToldWhole) {
  const auto frame = repeated(message(), 5);
  add("a", frame);
  tell_all();
  EXPECT_EQ(pieces, std::vector<std::string>{frame});
  EXPECT_TRUE(backlog.empty());
  EXPECT_EQ(backlog.bytes(), 0U);
}

TEST_F(BacklogTest, ALargeFrameIsToldInPiecesOfWholeMessages) {
  const auto one = message(300);
  add("a", repeated(one, 10));
  tell_all();
  EXPECT_EQ(pieces, (std::vector<std::string>{repeated(one, 3), repeated(one, 3), repeated(one, 3), one}));
}

TEST_F(BacklogTest, AMessageThatIsLargerThanAPieceIsToldAlone) {
  const auto large = message(20'000);
  add("a", message() + large + message());
  tell_all();
  EXPECT_EQ(pieces, (std::vector<std::string>{message(), large, message()}));
}

TEST_F(BacklogTest, PeersTakeTurnsPieceByPiece) {
  add("flood", repeated(message(1000), 3));
  add("flood", message());
  add("a", message());
  add("b", message());
  tell_all();
  EXPECT_EQ(told, (std::vector<std::string>{"flood", "a", "b", "flood", "flood", "flood"}));
}

TEST_F(BacklogTest, TheFramesOfAPeerStayInTheirOrderAndForm) {
  add("a", "1", true);
  add("a", "2", false);
  tell_one();
  EXPECT_TRUE(delimited);
  tell_one();
  EXPECT_FALSE(delimited);
  EXPECT_EQ(pieces, (std::vector<std::string>{"1", "2"}));
}

TEST_F(BacklogTest, APeerThatIsBehindWaitsAndTheOthersGoOn) {
  add("a", message());
  add("b", message());
  behind = {"a"};
  tell_all();
  EXPECT_EQ(told, std::vector<std::string>{"b"});
  behind.clear();
  tell_all();
  EXPECT_EQ(told, (std::vector<std::string>{"b", "a"}));
}

TEST_F(BacklogTest, APeerThatIsGoneLeavesNothing) {
  add("a", message());
  add("a", message());
  add("b", message());
  backlog.forget("a");
  backlog.forget("nobody");
  tell_all();
  EXPECT_EQ(told, std::vector<std::string>{"b"});
  EXPECT_EQ(backlog.bytes(), 0U);
  EXPECT_EQ(backlog.peers(), 0U);
}

// --- bounds, each filled twice ---

TEST_F(BacklogTest, RoomForAPeerIsBounded) {
  const auto frame = Backlog::kPeerBytesMax / 8 - Backlog::kFrameCost;
  EXPECT_EQ(taken_of("a", frame), 8U);
  tell_one();
  EXPECT_EQ(taken_of("a", frame), 1U) << "there is room again";
  EXPECT_EQ(taken_of("b", frame), 8U);
  tell_all();
  EXPECT_EQ(backlog.bytes(), 0U);
  EXPECT_EQ(taken_of("a", frame), 8U);
}

TEST_F(BacklogTest, TinyFramesCostWhatTheyTakeToKeep) {
  EXPECT_EQ(taken_of("a", 0), Backlog::kPeerBytesMax / Backlog::kFrameCost);
}

TEST_F(BacklogTest, WhenACrowdHasFilledItAPeerWithLittleIsStillTaken) {
  const auto frame = Backlog::kPeerBytesMax / 8 - Backlog::kFrameCost;
  for (int round = 0; round < 2; ++round) {
    std::size_t taken = 0;
    for (int peer = 0; peer < 40; ++peer) taken += taken_of("flood" + std::to_string(peer), frame);
    EXPECT_EQ(taken, 8 * Backlog::kBytesMax / Backlog::kPeerBytesMax);
    EXPECT_TRUE(add("quiet", message()));
    EXPECT_EQ(taken_of("quiet", 8 * 1024 - Backlog::kFrameCost), 7U) << "the rest of 64 KiB";
    tell_all();
    EXPECT_TRUE(backlog.empty());
  }
}

TEST_F(BacklogTest, ACrowdOfPeersWithLittleIsBoundedToo) {
  const std::string frame(Backlog::kSparedBytes / 2 - Backlog::kFrameCost, 'x');
  std::size_t taken = 0;
  for (int peer = 0; peer < 5000; ++peer) {
    for (int i = 0; i < 3; ++i) taken += add(std::to_string(peer), frame) ? 1 : 0;
  }
  EXPECT_LE(backlog.bytes(), 2 * Backlog::kBytesMax);
  EXPECT_EQ(taken, 2 * Backlog::kBytesMax / (Backlog::kSparedBytes / 2));
}

// A peer that is gone may be followed by another one under its routing id, with another key.
TEST_F(BacklogTest, AFrameKeepsTheKeyThatProvedIt) {
  const auto ann = std::make_shared<net::Admitted>(), bob = std::make_shared<net::Admitted>();
  ASSERT_TRUE(backlog.add({"a"}, message(), ann));
  ASSERT_TRUE(backlog.add({"a"}, message(), bob));
  tell_all();
  EXPECT_EQ(proved_by, (std::vector<net::AdmittedPtr>{ann, bob}));
}

// --- the error paths ---

TEST_F(BacklogTest, BytesThatCannotBeDecodedAreToldOnceAndWhole) {
  const auto garbage = std::string(5000, '\xc1');
  add("a", garbage);
  add("b", message(900) + garbage);
  tell_all();
  EXPECT_EQ(pieces, (std::vector<std::string>{garbage, message(900) + garbage}));
}

}  // namespace
