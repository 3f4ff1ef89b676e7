// A peer that is gone, refuses, or sends useless parts: the replica asks another peer, or replays.
#include "tests/stream/snapshot_fetch_fixture.h"

namespace stream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(SnapshotFetchTest, APeerThatIsGoneIsLeftForAnother) {
  const auto copy = Copy::of("catalog-2", 6 * kPart);
  const auto other = Copy::of("catalog-3", 5 * kPart, 950);
  const auto parts = begin_parts(copy);
  answer(parts[0], copy);
  asked();
  tick(1500);
  hear_peer("catalog-3");
  tick(600);
  EXPECT_THAT(out.hang_ups(), ElementsAre("tcp://catalog-2"));
  tick();
  const auto first = asked();
  ASSERT_FALSE(first.empty());
  EXPECT_EQ(first.back().peer, "tcp://catalog-3");
  EXPECT_EQ(first.back().id, copy.what.id);  // the next peer may have the same copy
  answer(first.back(), other);
  answer_all(other);
  EXPECT_EQ(outcome(), Outcome::kFetched);
  EXPECT_EQ(sink.bytes, other.bytes);
}

TEST_F(SnapshotFetchTest, APeerThatWasStartedAnewIsAskedAnew) {
  const auto copy = Copy::of("catalog-2", 6 * kPart);
  begin_parts(copy);
  hear_peer("catalog-2", 995, 2);
  tick();
  tick();
  const auto again = asked();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].id, copy.what.id);
}

TEST_F(SnapshotFetchTest, ReplaysWhenTheOnlyPeerIsGone) {
  begin();
  for (int i = 0; i < 5; ++i) tick(1000);
  EXPECT_EQ(outcome(), Outcome::kReplay);
}

TEST_F(SnapshotFetchTest, APeerWhoseHeartBeatsButThatAnswersNothingIsLeft) {
  begin();
  for (int i = 0; i < 24; ++i) {
    hear_peer("catalog-2");
    tick(1000);
  }
  EXPECT_EQ(outcome(), Outcome::kReplay);
}

TEST_F(SnapshotFetchTest, ASnapshotWithAWrongHashIsNotTaken) {
  auto copy = Copy::of("catalog-2", 2 * kPart);
  answer(begin(), copy);
  copy.bytes[kPart + 1] ^= 1;
  answer_all(copy);
  EXPECT_EQ(outcome(), Outcome::kUnderWay);
  EXPECT_EQ(sink.bytes, "");
  for (int i = 0; i < 5; ++i) {
    hear_peer("catalog-2");
    tick(1000);
  }
  EXPECT_EQ(outcome(), Outcome::kReplay);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(SnapshotFetchTest, AfterADamagedCopyThePeerIsAskedForAnother) {
  auto copy = Copy::of("catalog-2", kPart);
  const auto first = begin_parts(copy);
  ASSERT_EQ(first.size(), 1U);
  copy.bytes[1] ^= 1;
  answer(first[0], copy);
  const auto again = asked();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].useless, copy.what.id);
  auto another = Copy::of("catalog-2", kPart + 1);
  another.what.id = "another";
  answer(again[0], another);
  answer_all(another);
  EXPECT_EQ(outcome(), Outcome::kFetched);
}

TEST_F(SnapshotFetchTest, ASnapshotOfAnotherStoreFormatOrPastIsRefused) {
  position = {"store-a", base::Seq(700), {}, {}, 0};
  const auto first = begin();
  const auto good = Copy::of("catalog-2", kPart).what;
  auto peer = first;
  std::uint64_t incarnation = 1;
  const auto refuses = [&](auto spoil) {
    auto what = good;
    spoil(what);
    tell(peer, what);
    const auto second = asked();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].useless, what.id);
    tell(second[0], what);
    EXPECT_THAT(out.hang_ups(), ElementsAre("tcp://catalog-2"));
    hear_peer("catalog-2", 990, ++incarnation);
    out.clear();
    tick();
    const auto again = asked();
    ASSERT_EQ(again.size(), 1U);
    peer = again[0];
  };
  refuses([](auto& what) { what.store = "store-b"; });
  refuses([](auto& what) { what.format = 4; });
  refuses([](auto& what) { what.seq = base::Seq(700); });
  refuses([](auto& what) { what.sha256.bytes = "short"; });
  EXPECT_THAT(sink.began, IsEmpty());
  tell_refusal(peer, msg::Code::kUnknownType);  // an older release; the fifth peer is the last
  for (int i = 0; i < 3; ++i) {
    hear_peer("catalog-2", 990, 9);
    tick(1000);
  }
  EXPECT_EQ(outcome(), Outcome::kReplay);
}

TEST_F(SnapshotFetchTest, PartsThatDoNotFitAreRefused) {
  const auto copy = Copy::of("catalog-2", 2 * kPart);
  const auto parts = begin_parts(copy);
  auto part = copy.part(0);
  part.bytes.bytes.pop_back();
  tell(parts[0], part);
  EXPECT_THAT(out.hang_ups(), ElementsAre("tcp://catalog-2"));
}

TEST_F(SnapshotFetchTest, GarbageFromThePeerIsNoReasonToFail) {
  tell_frame(begin(), "\xc1 garbage");
  EXPECT_THAT(out.hang_ups(), ElementsAre("tcp://catalog-2"));
}

TEST_F(SnapshotFetchTest, StopsWhenTold) {
  begin();
  core().on_stop({at(ms), out});
  EXPECT_EQ(outcome(), Outcome::kStopped);
  EXPECT_TRUE(stopped());
}

}  // namespace
}  // namespace stream
