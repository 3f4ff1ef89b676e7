#include "frontend/turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace frontend {
namespace {

constexpr std::size_t kAtOnce = 20;
constexpr std::size_t kPerClient = 6;

class TurnsTest : public testing::Test {
 protected:
  void wait(const std::string& client, std::size_t reads) {
    for (std::size_t i = 0; i < reads; ++i) turns.wait(client, ++id);
  }
  // The ids of the reads that may go now.
  std::vector<std::uint64_t> go() {
    std::vector<std::uint64_t> gone;
    while (const auto next = turns.next()) gone.push_back(*next);
    return gone;
  }
  void expect_nothing_left() {
    EXPECT_EQ(turns.at_replicas(), 0U);
    EXPECT_EQ(turns.clients(), 0U);
    EXPECT_TRUE(go().empty());
  }

  Turns turns{kAtOnce, kPerClient};
  std::uint64_t id = 0;
};

TEST_F(TurnsTest, ClientsTakeTurnsAndTheReadsOfEachGoInTheirOrder) {
  wait("flood", 3);  // 1, 2, 3
  wait("a", 1);      // 4
  wait("flood", 1);  // 5
  EXPECT_EQ(go(), (std::vector<std::uint64_t>{1, 4, 2, 3, 5}));
}

TEST_F(TurnsTest, ReadsOfOneClientAreBoundedAndTheNextGoesWhenOneIsBack) {
  for (int round = 0; round < 2; ++round) {
    const auto first = id + 1;
    wait("a", kPerClient + 2);
    EXPECT_EQ(go().size(), kPerClient);
    turns.leave("a", first + 1);
    EXPECT_EQ(go(), std::vector<std::uint64_t>{first + kPerClient});
    wait("b", 1);
    EXPECT_EQ(go(), std::vector<std::uint64_t>{id}) << "another client waits for none of them";
    for (auto any = first; any <= id; ++any) turns.leave("a", any);
    turns.leave("b", id);
    expect_nothing_left();
  }
}

TEST_F(TurnsTest, AllReadsAreBoundedAndTheNextIsThatOfTheClientWhoseTurnItIs) {
  for (int round = 0; round < 2; ++round) {
    const auto first = id + 1;
    const auto crowd = kAtOnce / kPerClient + 2;
    for (std::size_t client = 0; client < crowd; ++client) wait(std::to_string(client), kPerClient);
    EXPECT_EQ(go().size(), kAtOnce);
    wait("late", 1);
    const auto late = id;
    EXPECT_TRUE(go().empty());
    for (std::size_t client = 0; client < crowd; ++client) {
      for (auto any : {0U, 1U}) turns.leave(std::to_string(client), first + client * kPerClient + any);
    }
    const auto gone = go();
    EXPECT_EQ(gone.size(), 2 * crowd);
    EXPECT_NE(std::find(gone.begin(), gone.end(), late), gone.end());
    for (std::size_t client = 0; client < crowd; ++client) {
      for (auto any = first; any <= id; ++any) turns.leave(std::to_string(client), any);
    }
    turns.leave("late", late);
    expect_nothing_left();
  }
}

TEST_F(TurnsTest, ItKnowsWhichReadsHaveGone) {
  wait("a", kPerClient + 1);
  go();
  EXPECT_TRUE(turns.has_gone("a", kPerClient));
  EXPECT_FALSE(turns.has_gone("a", kPerClient + 1)) << "it waits";
  EXPECT_FALSE(turns.has_gone("b", 1));
}

TEST_F(TurnsTest, AReadThatIsGivenUpWhileItWaitsLeavesNothing) {
  wait("a", kPerClient + 1);
  go();
  wait("b", 1);
  turns.leave("b", id);
  turns.leave("nobody", 7);
  turns.leave("a", id + 7);
  EXPECT_TRUE(go().empty());
  for (std::uint64_t any = 1; any <= id; ++any) turns.leave("a", any);
  expect_nothing_left();
}

}  // namespace
}  // namespace frontend
