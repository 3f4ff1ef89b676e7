// The bounds of the requests under way. Each test reaches the bound twice, to show that forgotten requests give back
// room.
#include "frontend/under_way.h"

#include <gtest/gtest.h>

#include <vector>

namespace frontend {
namespace {

UnderWay request_of(const std::string& client, std::size_t bytes = 1) {
  UnderWay request;
  request.from.routing = client;
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
  }
  std::vector<std::uint64_t> kept;
};

TEST_F(UnderWayTest, IdsFollowTheLastOne) {
  EXPECT_EQ(requests.keep(request_of("a")), 101U);
  requests.forget(101);
  EXPECT_EQ(requests.keep(request_of("a")), 102U) << "no id is used twice";
  EXPECT_EQ(requests.find(101), nullptr);
  EXPECT_EQ(requests.find(102)->from.routing, "a");
  requests.forget(7);
  EXPECT_EQ(requests.size(), 1U);
}

TEST_F(UnderWayTest, AClientHasItsBound) {
  for (int twice = 0; twice < 2; ++twice) {
    EXPECT_EQ(fill("a"), kUnderWayPerClientMax);
    EXPECT_TRUE(requests.has_room("b", 1));
    forget_all();
    EXPECT_EQ(requests.size(), 0U);
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

TEST_F(UnderWayTest, BytesHaveABound) {
  constexpr std::size_t kMiB = 1024 * 1024;
  for (int twice = 0; twice < 2; ++twice) {
    // By then client a has more than kUnderWaySpared requests, so the single bound holds for it.
    EXPECT_EQ(fill("a", kMiB), kUnderWayBytesMax / kMiB);
    EXPECT_FALSE(requests.has_room("a", 1));
    EXPECT_TRUE(requests.has_room("b", kUnderWayBytesMax)) << "twice the bound for a client with little";
    EXPECT_FALSE(requests.has_room("b", kUnderWayBytesMax + 1));
    forget_all();
  }
}

}  // namespace
}  // namespace frontend
