// Tests of the judge: refusals, and what becomes of requests that were refused.
#include "tests/sim/judge_fixture.h"

namespace sim {
namespace {

using base::ItemId;
using base::Quantity;

TEST_F(JudgeTest, AStaleRejectionIsFound) {
  const auto order = ask(msg::Restock{.key = "r", .item = ItemId(1), .delta = Quantity(5)});
  happens(msg::StockMoved{.key = "r", .item = ItemId(1), .delta = Quantity(5), .stock = Quantity(10)});
  answer(order, 2, left(2, 10));
  refuse(ask(buy("k", 7)), 2, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(5)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARejectionDespiteSufficientStockIsFound) {
  refuse(ask(buy("k", 5)), 1, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(5)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ABusyRequestThatTakesEffectLaterIsFound) {
  refuse(ask(buy("k", 2)), 0, {.code = msg::Code::kBusy});
  bought("k", 1, 2, 3);
  settle();
  EXPECT_EQ(verdict(), "G3:");
}

class JudgeOfWordsTest : public JudgeTest, public testing::WithParamInterface<msg::Code> {};

TEST_P(JudgeOfWordsTest, ADenialOfAnEffectIsFound) {
  const auto order = ask(buy("k", 2));
  bought("k", 1, 2, 3);
  refuse(order, 0, {.code = GetParam()});
  EXPECT_EQ(verdict(), "G4:");
  EXPECT_NE(world.verdict().value_or("").find("seq 2 did"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, JudgeOfWordsTest,
                         testing::Values(msg::Code::kBusy, msg::Code::kUnavailable, msg::Code::kInvalid,
                                         msg::Code::kMalformed, msg::Code::kUnknownType, msg::Code::kUnsupportedVersion,
                                         msg::Code::kForbidden, msg::Code::kLimit, msg::Code::kKeyVoided));

TEST_F(JudgeTest, ABusyOutcomeThatVoidsTheKeyIsFound) {
  const auto outcome = ask(msg::Outcome{"k"});
  happens(msg::KeyVoided{"k"});
  refuse(outcome, 0, {.code = msg::Code::kBusy});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ABusyOutcomeThatVoidsTheKeyLaterIsFound) {
  refuse(ask(msg::Outcome{"k"}), 0, {.code = msg::Code::kBusy});
  happens(msg::KeyVoided{"k"});
  settle();
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeTest, BusyOfAKeyThatAnotherOneMayHaveUsedIsNoFault) {
  const auto mine = ask(buy("k", 2));
  ask(buy("k", 2));
  bought("k", 1, 2, 3);
  refuse(mine, 0, {.code = msg::Code::kBusy});
  const auto outcome = ask(msg::Outcome{"v"});
  ask(buy("v", 1));  // the store may have voided the key for its refusal
  happens(msg::KeyVoided{"v"});
  refuse(outcome, 0, {.code = msg::Code::kBusy});
  EXPECT_EQ(verdict(), "");
}

// A refusal that is meant for processes says nothing to a client and must not reach it.
TEST_F(JudgeTest, NotWriterIsNoAnswerToAClient) {
  refuse(ask(buy("k", 2)), 0, {.code = msg::Code::kNotWriter});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARefusalOfAnEffectIsFound) {
  const auto order = ask(buy("k", 6));
  ask(msg::Restock{.key = "r", .item = ItemId(1), .delta = Quantity(5)});
  happens(msg::StockMoved{.key = "r", .item = ItemId(1), .delta = Quantity(5), .stock = Quantity(10)});
  bought("k", 1, 6, 4);
  refuse(order, 1, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(5)});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARefusedRequestThatTakesEffectLaterIsFound) {
  refuse(ask(buy("k", 6)), 1, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(5)});
  const auto order = ask(msg::Restock{.key = "r", .item = ItemId(1), .delta = Quantity(5)});
  happens(msg::StockMoved{.key = "r", .item = ItemId(1), .delta = Quantity(5), .stock = Quantity(10)});
  answer(order, 2, left(2, 10));
  EXPECT_EQ(verdict(), "");
  bought("k", 1, 6, 4);
  settle();
  EXPECT_EQ(verdict(), "G3:");
}

TEST_F(JudgeTest, AnUnknownRequestMayTakeEffectLater) {
  refuse(ask(buy("k", 2)), 0, {.code = msg::Code::kUnknown});
  bought("k", 1, 2, 3);
  settle();
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeTest, AKeyReusedForTheSameBodyIsFound) {
  ann_buys();
  refuse(ask(buy("k", 2)), 2, {.code = msg::Code::kKeyReused});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeTest, ARefusalMustBeOneThatThisRequestMayGet) {
  const auto outcome = ask(msg::Outcome{"nobody-used-it"});
  refuse(outcome, 1, {.code = msg::Code::kUnknownOrder});
  EXPECT_EQ(verdict(), "G4:");
}

}  // namespace
}  // namespace sim
