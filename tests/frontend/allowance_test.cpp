#include "frontend/allowance.h"

#include <gtest/gtest.h>

#include "tests/frontend/edge_fixture.h"

namespace {

using base::Seq;
using frontend::Allowance;
using std::chrono::milliseconds;

std::int64_t taken(Allowance& allowance, Seq by, base::Mono now) {
  std::int64_t times = 0;
  while (allowance.take(by, now)) ++times;
  return times;
}

TEST(Allowance, IsUsedUpAndComesBack) {
  Allowance allowance;
  base::Mono now(std::chrono::hours(1));
  EXPECT_EQ(taken(allowance, Seq(7), now), Allowance::kBurst);
  EXPECT_EQ(taken(allowance, Seq(7), now + milliseconds(999)), 0);
  EXPECT_EQ(taken(allowance, Seq(7), now + milliseconds(1'500)), Allowance::kPerSecond);
  EXPECT_EQ(taken(allowance, Seq(7), now + milliseconds(2'500)), Allowance::kPerSecond) << "the half second counts";
  EXPECT_EQ(taken(allowance, Seq(7), now + std::chrono::hours(1)), Allowance::kBurst) << "and no more";
}

TEST(Allowance, ComesBackASecondAfterItWasUsedUpAndNotBefore) {
  for (const auto by : {Seq(7), Seq()}) {
    Allowance allowance;
    const auto times = by ? 1 : Allowance::kShared;
    const base::Mono now(std::chrono::hours(1));
    EXPECT_EQ(taken(allowance, by, now), Allowance::kBurst * times);
    EXPECT_EQ(taken(allowance, by, now + std::chrono::seconds(1) - base::Duration(1)), 0);
    EXPECT_EQ(taken(allowance, by, now + std::chrono::seconds(1)), Allowance::kPerSecond * times);
    EXPECT_EQ(taken(allowance, by, now + std::chrono::seconds(2)), Allowance::kPerSecond * times);
  }
}

TEST(Allowance, OfOneCredentialDoesNotConcernAnother) {
  Allowance allowance;
  const base::Mono now(std::chrono::hours(1));
  taken(allowance, Seq(7), now);
  EXPECT_EQ(taken(allowance, Seq(8), now), Allowance::kBurst);
  EXPECT_EQ(taken(allowance, Seq(), now), Allowance::kBurst * Allowance::kShared);
}

TEST(Allowance, ForgetsWhoHasAllOfIt) {
  Allowance allowance;
  base::Mono now(std::chrono::hours(1));
  for (std::uint64_t id = 1; id <= 100; ++id) allowance.take(Seq(id), now);
  EXPECT_EQ(allowance.size(), 100U);
  allowance.take(Seq(1), now + std::chrono::seconds(2));
  EXPECT_EQ(allowance.size(), 1U);
}

class AllowanceTest : public edge_test::EdgeTest {};

// A client that asks for the outcome of random keys for ever.
TEST_F(AllowanceTest, AFloodOfOutcomesIsBusyAndWritesAreNot) {
  start();
  const auto most = static_cast<std::uint64_t>(Allowance::kBurst * Allowance::kShared);
  std::uint64_t id = 0;
  while (answers.empty()) {
    ask(++id, msg::Outcome{fmt::format("k{}", id)}, 1);
    tell_outcome(sent.size() - 1, msg::OutcomeKind::kVoid, 3, 1);
    mark(3, 1);
    if (answers == Answers{fmt::format("{}:ok", id)}) answers.clear();
    ASSERT_LE(id, most + 1);
  }
  EXPECT_EQ(take_answers(), Answers{fmt::format("{}:busy", most + 1)});
  buy(++id, "k", 2);
  EXPECT_EQ(sent.back().header.t, "place");
}

// The thief of an operator's token.
TEST_F(AllowanceTest, AFloodOfNotesIsBusyAndOutcomesAreNot) {
  start();
  const auto most = static_cast<std::uint64_t>(Allowance::kBurst * Allowance::kShared);
  std::uint64_t id = 0;
  while (answers.empty()) {
    ask(++id, msg::Note{fmt::format("k{}", id), msg::Act::kKill, "order-1"}, 1);
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(sent.back().header.id, Seq(3)), msg::NoteReply{Seq(3)});
    if (id <= most) edge->on_reply(sent.back().to, frame, {edge_test::at(1), out});
    collect(1);
    mark(3, 1);
    if (answers == Answers{fmt::format("{}:ok", id)}) answers.clear();
    ASSERT_LE(id, most + 1);
  }
  EXPECT_EQ(take_answers(), Answers{fmt::format("{}:busy", most + 1)});
  ask(++id, msg::Outcome{"k"}, 2);
  EXPECT_EQ(sent.back().header.t, "outcome");
}

}  // namespace
