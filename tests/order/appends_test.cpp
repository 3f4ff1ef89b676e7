#include "order/appends.h"

#include "msg/events.h"
#include "tests/order/words.h"

namespace order {
namespace {

using base::Epoch;
using base::ProducerNo;
using base::Term;
using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AppendsTest : public ::testing::Test {
 protected:
  AppendsTest() { appends.start(Epoch(7)); }

  void add(int count = 1, std::size_t bytes = 1) {
    for (int i = 0; i < count; ++i) appends.add({0, msg::KeyVoided{std::string(bytes, 'k')}});
  }
  std::vector<std::uint64_t> settle() {
    appends.settle("broker", {now, out});
    return sent();
  }
  // The producer numbers of what was sent; remembers the id of the last request.
  std::vector<std::uint64_t> sent() {
    std::vector<std::uint64_t> numbers;
    for (const auto& each : order::appends(out)) {
      numbers.push_back(each.append.producer.value());
      last_id = each.id;
      counts.push_back(each.append.count);
    }
    return numbers;
  }
  std::vector<std::uint64_t> hear(std::uint64_t producer, std::uint64_t term = 1, std::uint64_t epoch = 7) {
    msg::Leadership leader;
    leader.term = Term(term);
    leader.epoch = Epoch(epoch);
    leader.producer = ProducerNo(producer);
    appends.on_leader(leader, "broker", {now, out});
    return sent();
  }
  std::vector<std::uint64_t> skipped(std::uint64_t id, std::uint64_t expected) {
    appends.on_skipped(id, ProducerNo(expected), "broker", {now, out});
    return sent();
  }
  void pass(base::Duration time) { now.mono += time; }

  Appends appends;
  base::Outbox out;
  base::Now now{base::Mono(std::chrono::hours(1)), 0};
  std::uint64_t last_id = 0;
  std::vector<std::uint32_t> counts;
};

TEST_F(AppendsTest, PacksWhatCameTogether) {
  add(3);
  EXPECT_THAT(settle(), ElementsAre(1));
  EXPECT_THAT(settle(), IsEmpty());
  add();
  EXPECT_THAT(settle(), ElementsAre(2));
  EXPECT_THAT(counts, ElementsAre(3, 1));
}

TEST_F(AppendsTest, SplitsAtTheNumberOfEvents) {
  add(Appends::kEventsMax + 1);
  EXPECT_THAT(settle(), ElementsAre(1, 2));
  EXPECT_THAT(counts, ElementsAre(Appends::kEventsMax, 1));
}

TEST_F(AppendsTest, SplitsAtTheNumberOfBytes) {
  add(5, 30'000);
  EXPECT_THAT(settle(), ElementsAre(1, 2));
  EXPECT_THAT(counts, ElementsAre(4, 1));
}

TEST_F(AppendsTest, KeepsWhatIsNotConfirmed) {
  add();
  settle();
  add(2);
  settle();
  EXPECT_EQ(appends.events(), 3U);
  EXPECT_GT(appends.bytes(), 0U);
  appends.confirm(ProducerNo(1));
  EXPECT_EQ(appends.events(), 2U);
  appends.confirm(ProducerNo(2));
  EXPECT_EQ(appends.events(), 0U);
  EXPECT_EQ(appends.bytes(), 0U);
}

TEST_F(AppendsTest, ResendsAfterSilence) {
  add();
  settle();
  EXPECT_THAT(hear(0), IsEmpty()) << "it has only just been sent";
  pass(Appends::kResendAfter);
  EXPECT_THAT(hear(0), ElementsAre(1));
  EXPECT_EQ(appends.resent(), 1U);
}

TEST_F(AppendsTest, ResendsLessAndLessOften) {
  add();
  settle();
  pass(Appends::kResendAfter);
  hear(0);
  pass(Appends::kResendAfter);
  EXPECT_THAT(hear(0), IsEmpty());
  pass(Appends::kResendAfter);
  EXPECT_THAT(hear(0), ElementsAre(1));
}

TEST_F(AppendsTest, ResendsNoMoreOftenThanTheLongestInterval) {
  add();
  settle();
  auto interval = Appends::kResendAfter;
  for (int i = 0; i < 6; ++i) {
    pass(interval - milliseconds(1));
    EXPECT_THAT(hear(0), IsEmpty()) << "round " << i;
    pass(milliseconds(1));
    EXPECT_THAT(hear(0), ElementsAre(1)) << "round " << i;
    interval = std::min(interval * 2, Appends::kResendAfterMax);
  }
}

TEST_F(AppendsTest, AfterAConfirmationTheIntervalIsTheShortOneAgain) {
  add();
  settle();
  for (int i = 0; i < 4; ++i) {
    pass(Appends::kResendAfterMax);
    hear(0);
  }
  appends.confirm(ProducerNo(1));
  add();
  settle();
  pass(Appends::kResendAfter - milliseconds(1));
  EXPECT_THAT(hear(1), IsEmpty());
  pass(milliseconds(1));
  EXPECT_THAT(hear(1), ElementsAre(2));
}

TEST_F(AppendsTest, ResendsNothingThatTheBrokerHas) {
  add();
  settle();
  add();
  settle();
  pass(milliseconds(500));
  EXPECT_THAT(hear(1), ElementsAre(2));
  pass(milliseconds(500));
  EXPECT_THAT(hear(2), IsEmpty()) << "the block is on its way, the broker has it";
}

TEST_F(AppendsTest, ResendsAllAtOnceToANewLeader) {
  add();
  settle();
  hear(0);
  EXPECT_THAT(hear(0, 2), ElementsAre(1));
  EXPECT_THAT(hear(0, 2), IsEmpty());
}

TEST_F(AppendsTest, AnOldLeaderIsNotListenedTo) {
  add();
  settle();
  hear(0, 3);
  pass(milliseconds(500));
  EXPECT_THAT(hear(0, 2), IsEmpty());
  EXPECT_THAT(hear(0, 3, 6), IsEmpty()) << "that is about another epoch";
}

TEST_F(AppendsTest, ResendsFromTheNumberThatIsExpected) {
  for (int i = 0; i < 3; ++i) {
    add();
    settle();
  }
  EXPECT_THAT(skipped(3, 2), ElementsAre(2, 3));
}

TEST_F(AppendsTest, ManyRefusalsOfOneLossResendOnce) {
  for (int i = 0; i < 4; ++i) {
    add();
    settle();
  }
  EXPECT_THAT(skipped(2, 1), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(skipped(3, 1), IsEmpty());
  EXPECT_THAT(skipped(4, 1), IsEmpty());
  EXPECT_THAT(skipped(last_id, 1), ElementsAre(1, 2, 3, 4)) << "the second loss";
}

TEST_F(AppendsTest, ARefusalOfAnEarlierEpochTellsNothing) {
  add();
  settle();
  const auto id = last_id;
  appends.start(Epoch(9));
  add();
  settle();
  EXPECT_FALSE(appends.is_news(id));
  EXPECT_TRUE(appends.is_news(last_id));
  EXPECT_FALSE(appends.is_news(last_id + 1)) << "that was never sent";
  EXPECT_THAT(skipped(id, 1), IsEmpty());
}

TEST_F(AppendsTest, ARefusalByAnEarlierLeaderTellsNothing) {
  hear(0, 1);
  add();
  settle();
  EXPECT_TRUE(appends.is_news(last_id));
  hear(1, 2);  // it is there already, so nothing is sent again
  EXPECT_FALSE(appends.is_news(last_id));
}

TEST_F(AppendsTest, AnAppendThatHasNotLeftIsNotResent) {
  add();
  settle();
  add();
  pass(milliseconds(500));
  EXPECT_THAT(hear(0), ElementsAre(1));
  EXPECT_THAT(settle(), ElementsAre(2));
}

TEST_F(AppendsTest, ConfirmationOfWhatWasNeverSentIsABug) {
  add();
  EXPECT_DEATH(appends.confirm(ProducerNo(1)), "never sent");
}

}  // namespace
}  // namespace order
