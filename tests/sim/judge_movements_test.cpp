// Tests of the judge: lists of movements.
#include "tests/sim/judge_fixture.h"

namespace sim {
namespace {

using base::ItemId;
using base::OrderNo;
using base::Quantity;
using base::Seq;

// Item 1 is added at seq 1, and ann buys 2 pieces at seq 2.
class JudgeOfMovementsTest : public JudgeTest {
 protected:
  JudgeOfMovementsTest() { ann_buys(); }
  static msg::Movement added() {
    return {.item = ItemId(1), .seq = Seq(1), .at = 1000, .delta = Quantity(5), .stock = Quantity(5)};
  }
  static msg::Movement bought_by_ann() {
    return {.item = ItemId(1),
            .seq = Seq(2),
            .at = 1000,
            .kind = msg::MovementKind::kBought,
            .delta = Quantity(-2),
            .stock = Quantity(3),
            .order = OrderNo(1)};
  }
  static msg::ListMovements list(std::optional<Seq> before = {}, std::optional<std::uint32_t> limit = {}) {
    return {ItemId(1), before, limit};
  }
};

TEST_F(JudgeOfMovementsTest, AGoodShopIsAcquitted) {
  answer(ask(list()), 2, msg::MovementsReply{{bought_by_ann(), added()}, {}});
  answer(ask(list({}, 1)), 2, msg::MovementsReply{{bought_by_ann()}, Seq(2)});
  answer(ask(list(Seq(2), 1)), 2, msg::MovementsReply{{added()}, {}});
  answer(ask(list(Seq(1))), 2, msg::MovementsReply{});
  refuse(ask(msg::ListMovements{ItemId(7), {}, {}}), 2, {.code = msg::Code::kUnknownItem, .item = ItemId(7)});
  EXPECT_EQ(verdict(), "");
}

TEST_F(JudgeOfMovementsTest, AnOldListIsFound) {
  answer(ask(list()), 2, msg::MovementsReply{{added()}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfMovementsTest, AListWithAHoleIsFound) {
  answer(ask(list()), 2, msg::MovementsReply{{bought_by_ann()}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfMovementsTest, AnotherMovementIsFound) {
  auto other = bought_by_ann();
  other.order = OrderNo(2);
  answer(ask(list()), 2, msg::MovementsReply{{other, added()}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

TEST_F(JudgeOfMovementsTest, APageThatHidesTheNextIsFound) {
  answer(ask(list({}, 1)), 2, msg::MovementsReply{{bought_by_ann()}, {}});
  EXPECT_EQ(verdict(), "G4:");
}

}  // namespace
}  // namespace sim
