// The bounds of the requests under way. Each test reaches the bound twice, to show that forgotten requests give back
// room.
#include "frontend/under_way.h"

#include <gtest/gtest.h>

#include <vector>

namespace frontend {
namespace {

UnderWay request_of(const std::string& client, std::size_t bytes = 1) {
  UnderWay request;
  request.client = client;
  request.body = base::Bytes(bytes, 'x');
  return request;
}

class UnderWayTest : public testing::Test {
 protected:
  UnderWayRequests requests{100};

  // Keeps requests of the client while there is room. Returns the number of kept requests.
  std::size_t fill(const std::string& client, std::size_t bytes = 1) {
    std::size_t taken = 0;
    for (; requests.has_room(client, bytes); ++taken) kept.push_back(requests.keep(request_of(client, bytes)));
    return taken;
  }
  void forget_all() {
    for (const auto id : kept) requests.forget(id);
    kept.clear();
    EXPECT_EQ(requests.size(), 0U);
    EXPECT_EQ(requests.bytes(), 0U);
    EXPECT_EQ(requests.clients(), 0U);
  }
  std::vector<std::uint64_t> kept;
};

TEST_F(UnderWayTest, IdsFollowTheLastOne) {
  EXPECT_EQ(requests.keep(request_of("a")), 101U);
  requests.forget(101);
  EXPECT_EQ(requests.keep(request_of("a")), 102U) << "no id is used twice";
  EXPECT_EQ(requests.find(101), nullptr);
  EXPECT_EQ(requests.find(102)->client, "a");
  requests.forget(7);
  EXPECT_EQ(requests.size(), 1U);
}

TEST_F(UnderWayTest, AClientHasItsBound) {
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(fill("a"), kUnderWayPerClientMax);
    EXPECT_TRUE(requests.has_room("b", 1));
    forget_all();
  }
}

TEST_F(UnderWayTest, AllTogetherHaveABoundAndAClientWithLittleIsSpared) {
  for (int twice = 0; twice < 2; ++twice) {
    for (std::size_t i = 0; i < kUnderWayMax / kUnderWayPerClientMax; ++i) fill(std::to_string(i));
    EXPECT_EQ(requests.size(), kUnderWayMax);
    EXPECT_EQ(fill("late"), kUnderWaySpared);
    std::size_t others = 0;
    while (fill("other" + std::to_string(others)) == kUnderWaySpared) ++others;
    EXPECT_EQ(requests.size(), 2 * kUnderWayMax) << "at twice the bound nobody is spared";
    forget_all();
  }
}

TEST_F(UnderWayTest, TheBytesOfAClientHaveABound) {
  constexpr std::size_t kKiB = 1024;
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(fill("a", 512 * kKiB), kUnderWayBytesPerClientMax / (512 * kKiB));
    EXPECT_FALSE(requests.has_room("a", 1));
    EXPECT_TRUE(requests.has_room("b", kUnderWayBytesPerClientMax));
    EXPECT_FALSE(requests.has_room("b", kUnderWayBytesPerClientMax + 1));
    forget_all();
  }
}

TEST_F(UnderWayTest, TheBytesOfAllTogetherHaveABound) {
  constexpr std::size_t kPiece = 512 * 1024;
  constexpr std::size_t kOfOne = kUnderWayBytesPerClientMax / kPiece;
  static_assert(kOfOne > kUnderWaySpared, "the single bound holds for a client that has used up its bytes");
  for (int twice = 0; twice < 2; ++twice) {
    for (std::size_t i = 0; i < kUnderWayBytesMax / kUnderWayBytesPerClientMax; ++i) fill(std::to_string(i), kPiece);
    EXPECT_EQ(requests.bytes(), kUnderWayBytesMax);
    EXPECT_EQ(fill("late", kPiece), kUnderWaySpared);
    std::size_t others = 0;
    while (fill("other" + std::to_string(others), kPiece) > 0) ++others;
    EXPECT_EQ(requests.bytes(), 2 * kUnderWayBytesMax) << "at twice the bound nobody is spared";
    forget_all();
  }
}

TEST_F(UnderWayTest, WaitingEventsOfAClientHaveABound) {
  for (int twice = 0; twice < 2; ++twice) {
    for (std::size_t i = 0; i <= kEventsWaitingPerClientMax; ++i) kept.push_back(requests.keep(request_of("a")));
    for (std::size_t i = 0; i < kEventsWaitingPerClientMax; ++i) EXPECT_TRUE(requests.wait(kept[i]));
    EXPECT_TRUE(requests.wait(kept.front())) << "it counts once";
    EXPECT_FALSE(requests.wait(kept.back()));
    kept.push_back(requests.keep(request_of("b")));
    EXPECT_TRUE(requests.wait(kept.back()));
    requests.forget(kept.front());
    EXPECT_TRUE(requests.wait(kept[kEventsWaitingPerClientMax])) << "one that ended gives its place back";
    forget_all();
  }
}

TEST_F(UnderWayTest, ARequestThatIsKeptAgainDoesNotWaitYet) {
  kept.push_back(requests.keep(request_of("a")));
  EXPECT_TRUE(requests.wait(kept[0]));
  auto again = requests.at(kept[0]);
  requests.forget(kept[0]);
  kept = {requests.keep(std::move(again))};
  EXPECT_FALSE(requests.at(kept[0]).waits);
  forget_all();
}

TEST_F(UnderWayTest, AConnectionThatAsksForManyMayHaveMoreWaitingEvents) {
  auto request = request_of("bridge");
  request.for_many = true;
  for (std::size_t i = 0; i <= kEventsWaitingPerClientMax; ++i) {
    kept.push_back(requests.keep(UnderWay(request)));
    EXPECT_TRUE(requests.wait(kept.back()));
  }
  forget_all();
}

}  // namespace
}  // namespace frontend
