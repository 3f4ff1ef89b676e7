#include "frontend/allowance.h"

#include <gtest/gtest.h>

#include "tests/frontend/edge_fixture.h"

namespace {

using base::Seq;
using frontend::Allowance;
using std::chrono::milliseconds;

// `client`: empty for somebody who asks for many.
std::int64_t taken(Allowance& allowance, Seq by, base::Mono now, const std::string& client = {}) {
  std::int64_t times = 0;
  while (allowance.take(by, client, now)) ++times;
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
  for (std::uint64_t id = 1; id <= 100; ++id) allowance.take(Seq(id), {}, now);
  EXPECT_EQ(allowance.size(), 100U);
  for (int i = 1; i <= 100; ++i) allowance.take({}, std::to_string(i), now);
  EXPECT_EQ(allowance.size(), 201U) << "each client without a credential, and all of them together";
  allowance.take(Seq(1), {}, now + std::chrono::seconds(2));
  EXPECT_EQ(allowance.size(), 1U);
}

TEST(Allowance, OfOneClientWithoutACredentialIsAPartOfTheSharedOne) {
  Allowance allowance;
  base::Mono now(std::chrono::hours(1));
  for (int twice = 0; twice < 2; ++twice, now += std::chrono::hours(1)) {
    EXPECT_EQ(taken(allowance, {}, now, "a"), Allowance::kBurst);
    EXPECT_EQ(taken(allowance, {}, now + std::chrono::seconds(1), "a"), Allowance::kPerSecond);
    EXPECT_EQ(taken(allowance, {}, now + std::chrono::seconds(1), "b"), Allowance::kBurst) << "it has its own";
  }
}

TEST(Allowance, OfManyConnectionsIsBounded) {
  Allowance allowance;
  const base::Mono now(std::chrono::hours(1));
  for (int i = 0; i < Allowance::kShared; ++i) {
    EXPECT_EQ(taken(allowance, {}, now, std::to_string(i)), Allowance::kBurst);
  }
  EXPECT_EQ(taken(allowance, {}, now, "another"), 0);
  EXPECT_EQ(taken(allowance, Seq(7), now, "another"), Allowance::kBurst) << "a credential has its own";
}

class AllowanceTest : public edge_test::EdgeTest {
 protected:
  static constexpr auto kMost = static_cast<std::uint64_t>(Allowance::kBurst);
};

// A client that asks for the outcome of random keys for ever.
TEST_F(AllowanceTest, AFloodOfOutcomesIsBusyAndWritesAreNot) {
  start();
  std::uint64_t id = 0;
  while (answers.empty()) {
    ask(++id, msg::Outcome{fmt::format("k{}", id)}, 1);
    tell_outcome(sent.size() - 1, msg::OutcomeKind::kVoid, 3, 1);
    mark(3, 1);
    if (answers == Answers{fmt::format("{}:ok", id)}) answers.clear();
    ASSERT_LE(id, kMost + 1);
  }
  EXPECT_EQ(take_answers(), Answers{fmt::format("{}:busy", kMost + 1)});
  EXPECT_EQ(msg::decode<msg::Refusal>(last_body)->retry_ms, 1000U);
  buy(++id, "k", 2);
  EXPECT_EQ(sent.back().header.t, "place");
  base::Bytes frame;
  msg::append_request(frame, msg::Header{.id = ++id}, msg::Outcome{"another"});
  edge->on_request({"other", false}, frame, {edge_test::at(2), out});
  collect(2);
  EXPECT_EQ(sent.back().header.t, "outcome") << "another client has its own allowance";
}

TEST_F(AllowanceTest, ACoreOfTheSameProcessAsksForManyClients) {
  start();
  base::Bytes frame;
  for (std::uint64_t id = 1; id <= kMost + 1; ++id) {
    msg::append_request(frame, msg::Header{.id = id}, msg::Outcome{fmt::format("k{}", id)});
    edge->on_request({std::string(9, '\0'), false}, frame, {edge_test::at(1), out});
    frame.clear();
    collect(1);
    tell_outcome(sent.size() - 1, msg::OutcomeKind::kVoid, 3, 1);
    mark(3, 1);
    ASSERT_EQ(take_answers(), Answers{fmt::format("{}:ok", id)});
  }
}

// The thief of an operator's token.
TEST_F(AllowanceTest, AFloodOfNotesIsBusyAndOutcomesAreNot) {
  start();
  std::uint64_t id = 0;
  while (answers.empty()) {
    ask(++id, msg::Note{fmt::format("k{}", id), msg::Act::kKill, "order-1"}, 1);
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(sent.back().header.id, Seq(3)), msg::NoteReply{Seq(3)});
    if (id <= kMost) edge->on_reply(sent.back().to, frame, {edge_test::at(1), out});
    collect(1);
    mark(3, 1);
    if (answers == Answers{fmt::format("{}:ok", id)}) answers.clear();
    ASSERT_LE(id, kMost + 1);
  }
  EXPECT_EQ(take_answers(), Answers{fmt::format("{}:busy", kMost + 1)});
  ask(++id, msg::Outcome{"k"}, 2);
  EXPECT_EQ(sent.back().header.t, "outcome");
}

}  // namespace
