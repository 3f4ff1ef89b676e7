// The writer tells which items are low (ADR 59), also if nobody asks, and after an appointment.
#include "tests/order/writer_fixture.h"

namespace order {
namespace {

class LevelsTest : public WriterTest {
 protected:
  // Item 1 has 5 pieces, and is low with 4.
  LevelsTest() {
    when(msg::EditItem{.key = "given-threshold", .item = base::ItemId(1), .low = base::Quantity(4)});
    commit();
    answers(out);
  }
  void tick() {
    writer.on_tick({now, out});
    commit();
  }
  bool is_told() const { return items.find(base::ItemId(1))->told_low; }
};

TEST_F(LevelsTest, ATickTellsItIfNobodyAsks) {
  when(buy("k1", 1));
  commit();
  EXPECT_FALSE(is_told());
  tick();
  EXPECT_TRUE(is_told());
  const auto last = seq;
  tick();
  EXPECT_EQ(seq, last) << "it is told once";
  EXPECT_EQ(writer.counters().levels, 1U);
}

TEST_F(LevelsTest, ItComesBeforeTheNextDecisionAlsoInOneAppend) {
  when(buy("k1", 1));
  when(restock("k2", 1, 1));
  when(buy("k3", 1));
  const auto before = seq;
  commit();
  EXPECT_EQ(seq.value() - before.value(), 5U) << "three changes, stock_low and stock_ok between them";
  tick();
  EXPECT_TRUE(is_told());
}

TEST_F(LevelsTest, AWriterThatIsAppointedTellsWhatTheOneBeforeDidNot) {
  when(buy("k1", 1));
  commit();
  appoint("order-2", 12);
  appoint("order-1", 11);
  EXPECT_FALSE(is_told());
  when(buy("k2", 1));
  commit();
  EXPECT_TRUE(is_told());
}

}  // namespace
}  // namespace order
