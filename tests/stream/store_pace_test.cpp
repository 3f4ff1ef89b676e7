#include "stream/store_pace.h"

#include <gtest/gtest.h>

namespace {

using base::Seq;
using std::chrono::milliseconds;

constexpr base::Mono kStart{std::chrono::hours(1)};

TEST(StorePace, CommitsAfterAWhileIfThereIsAnything) {
  stream::StorePace pace(milliseconds(200), Seq(5));
  EXPECT_FALSE(pace.due(kStart));
  pace.applied(1);
  EXPECT_TRUE(pace.due(kStart)) << "the last commit was long ago";
  pace.committed(Seq(6), kStart);
  pace.applied(1);
  EXPECT_FALSE(pace.due(kStart + milliseconds(199)));
  EXPECT_TRUE(pace.due(kStart + milliseconds(200)));
}

TEST(StorePace, IsFullAfterSoManyEvents) {
  stream::StorePace pace(milliseconds(200), {});
  pace.applied(stream::StorePace::kEventsMax - 1);
  EXPECT_FALSE(pace.full());
  pace.applied(1);
  EXPECT_TRUE(pace.full());
  pace.committed(Seq(stream::StorePace::kEventsMax), kStart);
  EXPECT_FALSE(pace.full());
}

TEST(StorePace, PutsACommitOffWhileThereIsNoRoom) {
  stream::StorePace pace(milliseconds(200), {});
  pace.applied(1);
  EXPECT_FALSE(pace.may_commit(false, kStart));
  EXPECT_FALSE(pace.has_room());
  EXPECT_FALSE(pace.due(kStart + milliseconds(199)));
  EXPECT_TRUE(pace.due(kStart + milliseconds(200)));
  EXPECT_TRUE(pace.may_commit(true, kStart + milliseconds(200)));
  EXPECT_TRUE(pace.has_room());
}

TEST(StorePace, PutsNoMoreOffThanAnOpenTransactionMayHold) {
  stream::StorePace pace(milliseconds(200), {});
  pace.applied(stream::StorePace::kPutOffMax - 1);
  EXPECT_FALSE(pace.may_commit(false, kStart));
  pace.applied(1);
  EXPECT_TRUE(pace.may_commit(false, kStart));
}

TEST(StorePace, LooksEachSecondWhetherTheFilesAreThere) {
  stream::StorePace pace(milliseconds(200), {});
  EXPECT_TRUE(pace.look_due(kStart));
  EXPECT_FALSE(pace.look_due(kStart + milliseconds(999)));
  EXPECT_TRUE(pace.look_due(kStart + milliseconds(1000)));
}

TEST(StorePace, IsDurableAsFarAsItWasCommittedWhenTheSettlingBegan) {
  stream::StorePace pace(milliseconds(200), Seq(5));
  EXPECT_EQ(pace.durable(), Seq(0)) << "the data of an earlier process may not be durable";
  EXPECT_TRUE(pace.settle_due(kStart));
  pace.settling();
  EXPECT_FALSE(pace.settle_due(kStart + milliseconds(30'000))) << "it is under way";
  pace.settled(false, kStart);
  EXPECT_EQ(pace.durable(), Seq(0)) << "a reader was in the way";
  EXPECT_FALSE(pace.settle_due(kStart + milliseconds(4'999)));
  EXPECT_TRUE(pace.settle_due(kStart + milliseconds(5'000)));
  pace.settling();
  pace.committed(Seq(8), kStart + milliseconds(5'100));
  pace.settled(true, kStart + milliseconds(5'200));
  EXPECT_EQ(pace.durable(), Seq(5)) << "what was committed meanwhile may not be durable";
  EXPECT_TRUE(pace.settle_due(kStart + milliseconds(10'200)));
  pace.settling();
  pace.settled(true, kStart + milliseconds(10'200));
  EXPECT_EQ(pace.durable(), Seq(8));
  EXPECT_FALSE(pace.settle_due(kStart + milliseconds(30'000))) << "nothing was committed since";
}

}  // namespace
