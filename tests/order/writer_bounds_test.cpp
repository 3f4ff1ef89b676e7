// Where a writer stops: what it cannot hold, a journal that stalls, and a broker that has fenced it.
#include "order/writer.h"

#include "tests/order/writer_fixture.h"

namespace order {
namespace {

constexpr auto kStep = std::chrono::milliseconds(1);

// --- fenced ---

TEST_F(WriterTest, FencedWriterSendsItsAskersAway) {
  when(buy("a", 1));
  when(buy("b", 1, 9));
  settle();
  refuse(msg::Code::kFenced, last_id);
  EXPECT_THAT(then(), ElementsAre("1: not_writer @2", "2: not_writer @2"));
  when(buy("c", 1));
  EXPECT_THAT(then(), ElementsAre("3: not_writer @2"));
  EXPECT_FALSE(writer.is_writer());
}

// The broker accepted another appointment, said `fenced`, and died before the appointment was durable: nobody else will
// ever decide in this epoch.
TEST_F(WriterTest, FencedWriterGoesOnIfTheAppointmentWasNeverMade) {
  hear_leader(1);
  when(buy("a", 1));
  settle();
  wire.clear();
  const auto refused_id = last_id;
  refuse(msg::Code::kFenced, refused_id);
  then();
  hear_leader(1);
  EXPECT_FALSE(writer.is_writer()) << "the leader that fenced us has not changed";
  hear_leader(2);
  EXPECT_TRUE(writer.is_writer());
  refuse(msg::Code::kFenced, refused_id);
  EXPECT_TRUE(writer.is_writer()) << "that was the old leader's word";
  when(buy("a", 1));
  when(buy("b", 1));
  commit();
  EXPECT_THAT(then(), ElementsAre("2: order 1 @3", "3: order 2 @4"));
}

TEST_F(WriterTest, FencedWriterDoesNotGoOnWhereTheNewLeaderNamesAnotherEpoch) {
  hear_leader(1);
  when(buy("a", 1));
  settle();
  refuse(msg::Code::kFenced, last_id);
  epoch = base::epoch_of(seq.next(5));
  hear_leader(2);
  EXPECT_FALSE(writer.is_writer());
}

// --- bounds ---

TEST_F(WriterTest, BusyBeyondTheAskersItCanHold) {
  for (std::size_t i = 0; i < Writer::kWaitingMax; ++i) when(buy("no-such-item", 2));  // rejected, nothing is pending
  then();
  when(restock("first", 1, 1));
  for (std::size_t i = 1; i < Writer::kWaitingMax; ++i) when(restock("first", 1, 1));
  EXPECT_THAT(then(), IsEmpty());
  when(restock("one too many", 1, 1));
  EXPECT_THAT(then(), SizeIs(1));
  EXPECT_EQ(writer.counters().busy, 1U);
  commit();
  then();
  when(restock("one more", 1, 1));
  EXPECT_EQ(writer.counters().busy, 1U) << "there is room again";
}

TEST_F(WriterTest, BusyBeyondTheBytesItCanHold) {
  const msg::NewItem large{{}, std::string(msg::kTitleBytesMax, 't'), "t", base::Cents(1), base::Quantity(1)};
  for (int i = 0; writer.counters().busy == 0 && i < 1000; ++i) {
    when(msg::AddItems{fmt::format("k{}", i), std::vector(msg::kItemsAddedMax, large)});
  }
  EXPECT_EQ(writer.counters().busy, 1U);
  EXPECT_LT(writer.appends().bytes(), Writer::kUnconfirmedBytesMax + 256 * 1024);
  commit();
  EXPECT_EQ(writer.appends().bytes(), 0U) << "all room is given back";
}

TEST_F(WriterTest, BusyWhileTheJournalStalls) {
  when(restock("first", 1, 1));
  settle();
  now.mono += Writer::kPendingAgeMax - kStep;
  when(restock("in time", 1, 1));
  EXPECT_EQ(writer.counters().busy, 0U);
  now.mono += kStep;
  when(restock("too late", 1, 1));
  EXPECT_EQ(writer.counters().busy, 1U) << "the oldest decides, not the youngest";
  commit();
  when(restock("in time again", 1, 1));
  EXPECT_EQ(writer.counters().busy, 1U) << "the journal has come back";
}

}  // namespace
}  // namespace order
