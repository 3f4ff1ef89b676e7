// Tests of the judge: holds.
#include "tests/sim/judge_fixture.h"

namespace sim {
namespace {

using base::Cents;
using base::ItemId;
using base::OrderNo;
using base::Quantity;

// Ann holds 2 of the 5 at seq 2, until 1500.
class JudgeOfHoldsTest : public JudgeTest {
 protected:
  JudgeOfHoldsTest() {
    const auto asked = ask(msg::PlaceHold{.key = "h", .lines = {{ItemId(1), Quantity(2), {}}}, .ttl = 500});
    happens(msg::HoldPlaced{.key = "h", .hold = base::HoldNo(1), .lines = lines(2), .expires = 1500});
    answer(asked, 2, msg::HoldReply{hold()});
  }
  static std::vector<msg::HoldLine> lines(std::int64_t held) {
    return {{ItemId(1), Quantity(2), Cents(100), Quantity(held)}};
  }
  static msg::ConfirmHold confirming(std::optional<std::int64_t> pieces = {}) {
    msg::ConfirmHold confirm{.key = "c", .hold = base::HoldNo(1)};
    if (pieces) confirm.lines = {{ItemId(1), Quantity(*pieces)}};
    return confirm;
  }
  void confirmed(std::int64_t pieces, std::int64_t left, std::int64_t cents = 100) {
    happens(msg::HoldConfirmed{.key = "c",
                               .hold = base::HoldNo(1),
                               .no = OrderNo(1),
                               .lines = {{ItemId(1), Quantity(pieces), Cents(cents), Quantity(left)}},
                               .total = Cents(cents * pieces),
                               .ended = lines(0)});
  }
  void ended(std::optional<std::string> key = {}) {
    happens(msg::HoldEnded{.key = std::move(key), .hold = base::HoldNo(1), .lines = lines(0)});
  }
  msg::Hold hold() {
    settle();
    return judge.reference().holds().at(base::HoldNo(1)).back();
  }
  msg::ItemReply held_item(std::uint64_t version, std::int64_t held) {
    auto reply = item(version, 5);
    if (held > 0) reply.item.held = Quantity(held);
    return reply;
  }
};

TEST_F(JudgeOfHoldsTest, AGoodShopIsAcquitted) {
  answer(ask(msg::Lookup{.item = ItemId(1)}), 2, held_item(2, 2));
  refuse(ask(buy("k", 4)), 2, {.code = msg::Code::kOutOfStock, .item = ItemId(1), .stock = Quantity(3)});
  answer(ask(msg::ListHolds{}), 2, msg::HoldsReply{{hold()}, {}});
  const auto asked = ask(confirming(1));
  at = 1499;
  confirmed(1, 4);
  answer(asked, 3, msg::OrderReply{judge_order(1)});
  answer(ask(msg::GetHold{base::HoldNo(1)}), 3, msg::HoldReply{hold()});
  answer(ask(msg::ListHolds{}), 3, msg::HoldsReply{});
  answer(ask(msg::Outcome{"h"}), 3, msg::OutcomeReply{msg::OutcomeKind::kChange, Seq(2), {}, hold()});
  refuse(ask(msg::ReleaseHold{"r", base::HoldNo(1)}), 3, {.code = msg::Code::kHoldOver});
  refuse(ask(msg::ReleaseHold{"s", base::HoldNo(2)}), 3, {.code = msg::Code::kUnknownHold});
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeOfHoldsTest, AConfirmationAtTheEndIsFound) {
  ask(confirming());
  at = 1500;
  confirmed(2, 3);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfHoldsTest, ADecisionAfterTheEndOfAnOpenHoldIsFound) {
  ask(buy("k", 1));
  at = 1500;
  bought("k", 1, 1, 4);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfHoldsTest, AnEndThatIsTooEarlyIsFound) {
  at = 1499;
  ended();
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfHoldsTest, AnEndInTimeIsRight) {
  ask(buy("k", 5));
  at = 1500;
  ended();
  bought("k", 1, 5, 0);
  settle();
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeOfHoldsTest, HeldPiecesThatAreSoldAreFound) {
  ask(buy("k", 4));
  bought("k", 1, 4, 1);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfHoldsTest, PiecesThatAreTakenTwiceAreFound) {
  ask(confirming());
  confirmed(2, 1);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfHoldsTest, AConfirmationAtAnotherPriceIsFound) {
  ask(confirming());
  confirmed(2, 3, 99);
  settle();
  EXPECT_EQ(verdict(), "G1:");
}

TEST_F(JudgeOfHoldsTest, AStaleLookupIsFound) {
  answer(ask(msg::Lookup{.item = ItemId(1)}), 2, item(1, 5));
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfHoldsTest, ARefusalOfAnOpenHoldIsFound) {
  refuse(ask(confirming()), 2, {.code = msg::Code::kHoldOver});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfHoldsTest, AHoldThatIsMissingFromTheListIsFound) {
  answer(ask(msg::ListHolds{}), 2, msg::HoldsReply{});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfHoldsTest, AnEndAtAnotherTimeThanAskedForIsFound) {
  const auto asked = ask(msg::ExtendHold{"e", base::HoldNo(1), 900});
  happens(msg::HoldExtended{.key = "e", .hold = base::HoldNo(1), .expires = 1800, .was = 1500});
  answer(asked, 3, msg::HoldReply{hold()});
  EXPECT_EQ(verdict(), "G4:");
}

}  // namespace
}  // namespace sim
