// Which spans are sent when, in virtual time.
#include "bridge/span_queue.h"

#include <gtest/gtest.h>

namespace bridge {
namespace {

using namespace std::chrono_literals;

class SpanQueueTest : public testing::Test {
 protected:
  void add(const std::string& text, std::size_t spans = 1) { queue.add({text, spans}, now); }
  std::string take() { return queue.take(now).value_or("nothing"); }
  bool end(std::optional<unsigned> status, std::optional<base::Duration> retry_after = {}) {
    return queue.ended(status, retry_after, now);
  }
  // How long take() gives nothing.
  base::Duration pause() { return queue.due().value() - now; }
  const Exported& figures() { return queue.figures(); }

  SpanQueue queue;
  base::Mono now{1h};
};

TEST_F(SpanQueueTest, SpansLeaveTogetherAWhileAfterTheFirst) {
  EXPECT_FALSE(queue.due());
  add("a");
  now += SpanQueue::kWait - 1ns;
  add("b", 2);
  EXPECT_EQ(take(), "nothing");
  now += 1ns;
  EXPECT_EQ(take(), "a,b");
  EXPECT_FALSE(queue.is_empty()) << "they are under way";
  EXPECT_TRUE(end(200));
  EXPECT_TRUE(queue.is_empty());
  EXPECT_EQ(figures().sent, 3U);
  EXPECT_EQ(figures().waiting_bytes, 0U);
}

TEST_F(SpanQueueTest, AFullBatchLeavesAtOnceAndNoOtherWhileItIsUnderWay) {
  for (int i = 0; i < 3; ++i) add(std::string(SpanQueue::kBatchBytes / 2, 'x'));
  EXPECT_EQ(take().size(), SpanQueue::kBatchBytes + 1);
  now += 1h;
  EXPECT_EQ(take(), "nothing");
  end(202);
  now += SpanQueue::kWait;
  EXPECT_EQ(take().size(), SpanQueue::kBatchBytes / 2);
}

TEST_F(SpanQueueTest, ABatchThatCannotBeTakenNowComesAgainAfterGrowingPauses) {
  add("a");
  now += SpanQueue::kWait;
  auto expected = SpanQueue::kPauseMin;
  for (const auto& status : std::vector<std::optional<unsigned>>{{}, 429, 502, 503, 504, {}, {}, {}, {}}) {
    EXPECT_EQ(take(), "a");
    EXPECT_FALSE(end(status));
    EXPECT_EQ(pause(), expected);
    EXPECT_EQ(take(), "nothing");
    now += pause();
    expected = std::min(expected * 2, SpanQueue::kPauseMax);
  }
  EXPECT_EQ(take(), "a");
  EXPECT_TRUE(end(200));
  EXPECT_EQ(figures().failed, 9U);
  EXPECT_EQ(figures().dropped, 0U);
  add("b");
  now += SpanQueue::kWait;
  EXPECT_EQ(take(), "b");
  end({});
  EXPECT_EQ(pause(), SpanQueue::kPauseMin) << "it begins anew";
}

TEST_F(SpanQueueTest, RetryAfterMakesThePauseLongerWithinBounds) {
  add("a");
  now += SpanQueue::kWait;
  take();
  end(503, 20s);
  EXPECT_EQ(pause(), 20s);
  now += 20s;
  take();
  end(503, 24h);
  EXPECT_EQ(pause(), SpanQueue::kPauseMax);
  now += SpanQueue::kPauseMax;
  take();
  end(503, 0s);
  EXPECT_EQ(pause(), 4s);
}

TEST_F(SpanQueueTest, ABatchThatIsRefusedForEverIsLostAndCounted) {
  for (const unsigned status : {100U, 301U, 400U, 404U, 413U, 500U}) {
    add("a", 7);
    now += SpanQueue::kPauseMax;
    EXPECT_EQ(take(), "a");
    EXPECT_FALSE(end(status));
    EXPECT_TRUE(queue.is_empty()) << status;
  }
  EXPECT_EQ(figures().dropped, 42U);
  EXPECT_EQ(figures().waiting_bytes, 0U);
}

TEST_F(SpanQueueTest, WithoutRoomTheOldestAreDroppedButNotThoseUnderWay) {
  add("under way");
  now += SpanQueue::kWait;
  EXPECT_EQ(take(), "under way");
  const std::size_t bytes = 100'000;
  for (char c = 'a'; c <= 'z'; ++c) {
    for (int i = 0; i < 4; ++i) add(std::string(bytes, c));
    EXPECT_LE(figures().waiting_bytes, SpanQueue::kBytesMax);
  }
  EXPECT_EQ(figures().dropped, 4 * 26 - SpanQueue::kBytesMax / bytes);
  end(503);
  now += pause();
  EXPECT_EQ(take(), "under way");
  end(200);
  EXPECT_NE(take().front(), 'a');
}

TEST_F(SpanQueueTest, ATraceThatIsLargerThanAllRoomIsDropped) {
  add(std::string(SpanQueue::kBytesMax + 1, 'x'));
  EXPECT_TRUE(queue.is_empty());
  EXPECT_EQ(figures().dropped, 1U);
}

TEST_F(SpanQueueTest, AtTheEndAllIsDueAtOnceAndNothingComesAgain) {
  add("a");
  now += SpanQueue::kWait;
  take();
  end(503, 60s);
  add("b");
  queue.hurry();
  EXPECT_EQ(take(), "a");
  end({});
  EXPECT_EQ(take(), "b");
  end(200);
  EXPECT_TRUE(queue.is_empty());
  EXPECT_EQ(figures().dropped, 1U);
}

}  // namespace
}  // namespace bridge
