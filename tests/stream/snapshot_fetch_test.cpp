// Asking for a snapshot, and putting it together.
#include "tests/stream/snapshot_fetch_fixture.h"

namespace stream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(SnapshotFetchTest, FetchesAllPartsAndEnds) {
  const auto copy = Copy::of("catalog-2", 6 * kPart + 5);
  const auto first = begin();
  EXPECT_EQ(first.offset, 0U);
  answer(first, copy);
  EXPECT_FALSE(stopped());
  answer_all(copy);
  EXPECT_EQ(outcome(), Outcome::kFetched);
  EXPECT_TRUE(stopped());
  EXPECT_EQ(sink.bytes, copy.bytes);
  EXPECT_EQ(core().what().seq, base::Seq(900));
}

TEST_F(SnapshotFetchTest, ABrokerThatOthersAnnounceIsFollowedOnce) {
  hear_leader();
  for (const auto* told : {"tcp://broker-1", "tcp://broker-2", "tcp://broker-2"}) {
    msg::Heartbeat other{.role = msg::Role::kBroker, .store = "store-a", .tcp = told};
    core().on_published(msg::kAnnounceTopic, msg::encoded(other), {at(ms), out});
    other.store = "store-b";
    other.tcp = "tcp://stranger";
    core().on_published(msg::kAnnounceTopic, msg::encoded(other), {at(ms), out});
  }
  EXPECT_THAT(out.follows(), ElementsAre("tcp://broker-2"));
}

TEST_F(SnapshotFetchTest, TakesOneOfAnOlderFormatThatCanBeBroughtUp) {
  auto copy = Copy::of("catalog-2", kPart);
  copy.what.format = 2;
  answer(begin(), copy);
  answer_all(copy);
  EXPECT_EQ(outcome(), Outcome::kFetched);
}

TEST_F(SnapshotFetchTest, LeavesOneThatIsTooOldToBeBroughtUp) {
  auto copy = Copy::of("catalog-2", kPart);
  copy.what.format = 1;
  answer(begin(), copy);
  EXPECT_THAT(out.hang_ups(), IsEmpty()) << "the peer may make another copy";
  tell(asked().at(0), copy.what);
  EXPECT_THAT(out.hang_ups(), ElementsAre("tcp://catalog-2"));
  EXPECT_THAT(sink.began, IsEmpty());
}

TEST_F(SnapshotFetchTest, ReplaysAtOnceWhenItIsNotFarBehind) {
  position = {"store-a", base::Seq(50), {}, {}, 0};
  hear_leader(150);
  hear_peer("catalog-2");
  tick();
  EXPECT_EQ(outcome(), Outcome::kReplay);
  EXPECT_TRUE(stopped());
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(SnapshotFetchTest, ReplaysAtOnceWhenItHasMostOfALongStream) {
  position = {"store-a", base::Seq(800), {}, {}, 0};
  hear_leader();
  hear_peer("catalog-2");
  tick();
  EXPECT_EQ(outcome(), Outcome::kReplay);
}

TEST_F(SnapshotFetchTest, FetchesHoweverNearItIsWhenWhatItNeedsWasTrimmed) {
  position = {"store-a", base::Seq(940), {}, {}, 0};
  hear_trimmed_leader(942);
  hear_peer("catalog-2", 940);
  hear_peer("catalog-3", 990);
  tick();
  const auto first = asked();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].peer, "tcp://catalog-3") << "the other peer lacks the events, too";
  const auto copy = Copy::of("catalog-3", kPart, 980);
  answer(first[0], copy);
  answer_all(copy);
  EXPECT_EQ(outcome(), Outcome::kFetched);
}

TEST_F(SnapshotFetchTest, ACopyIsNotTakenIfTheEventsBehindItWereTrimmed) {
  position = {"store-a", base::Seq(900), {}, {}, 0};
  hear_trimmed_leader(942);
  hear_peer("catalog-2", 990);
  tick();
  const auto first = asked();
  ASSERT_EQ(first.size(), 1U);
  const auto old = Copy::of("catalog-2", kPart, 940);  // from before the trim, but later than our view
  answer(first[0], old);
  EXPECT_THAT(sink.began, IsEmpty());
  const auto again = asked();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].useless, old.what.id);
  auto copy = Copy::of("catalog-2", 2 * kPart, 980);
  copy.what.id = "another";
  answer(again[0], copy);
  answer_all(copy);
  EXPECT_EQ(outcome(), Outcome::kFetched);
}

TEST_F(SnapshotFetchTest, ReplaysWhenNothingThatItNeedsWasTrimmed) {
  position = {"store-a", base::Seq(941), {}, {}, 0};
  hear_trimmed_leader(942);
  hear_peer("catalog-2");
  tick();
  EXPECT_EQ(outcome(), Outcome::kReplay);
}

TEST_F(SnapshotFetchTest, ReplaysWhenThereIsNoBroker) {
  tick();
  tick(900);
  EXPECT_EQ(outcome(), Outcome::kUnderWay);
  tick(200);
  EXPECT_EQ(outcome(), Outcome::kReplay);
}

TEST_F(SnapshotFetchTest, ReplaysWhenNoPeerIsFurther) {
  hear_leader();
  hear_peer("catalog-2", 50);
  hear_peer("catalog-3", 990, 1, msg::State::kCatchingUp);
  tick();
  tick(1900);
  EXPECT_EQ(outcome(), Outcome::kUnderWay);
  tick(200);
  EXPECT_EQ(outcome(), Outcome::kReplay);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(SnapshotFetchTest, LeavesAViewOfAnotherStoreToTheReplica) {
  position = {"store-b", base::Seq(5), {}, {}, 0};
  hear_leader();
  hear_peer("catalog-2");
  tick();
  EXPECT_EQ(outcome(), Outcome::kReplay);
}

TEST_F(SnapshotFetchTest, AsksTheOneThatIsFurthestAndHasNotDiverged) {
  hear_leader(1000, {"catalog-4"});
  hear_peer("catalog-2", 800);
  hear_peer("catalog-3", 900);
  hear_peer("catalog-4", 1000);
  tick();
  EXPECT_EQ(asked().at(0).peer, "tcp://catalog-3");
}

TEST_F(SnapshotFetchTest, NeverAsksItselfOrAnotherRole) {
  hear_leader();
  hear_peer("catalog-1");
  msg::Heartbeat order;
  order.role = msg::Role::kOrder;
  order.instance = "order-1";
  order.state = msg::State::kLive;
  order.applied = base::Seq(990);
  hear(order);
  tick();
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(SnapshotFetchTest, BeatsAsOneThatStarts) {
  hear_leader();
  tick();
  ASSERT_EQ(out.publications().size(), 1U);
  const auto beat = msg::decode<msg::Heartbeat>(out.publications()[0].payload).value();
  EXPECT_EQ(beat.instance, "catalog-1");
  EXPECT_EQ(beat.state, msg::State::kStarting);
  const auto pause = static_cast<int>(stream::FetchConfig{}.pace.heartbeat / std::chrono::milliseconds(1));
  tick(pause - 1);
  EXPECT_EQ(out.publications().size(), 1U);
  tick(1);
  EXPECT_EQ(out.publications().size(), 2U);
}

TEST_F(SnapshotFetchTest, AsksAPeerOfThisHostOverIpcAndOthersOverTcp) {
  for (const auto& [host, ipc, expected] :
       {std::tuple("here", "ipc:///run/peer", "ipc:///run/peer"), std::tuple("there", "ipc:///run/peer", "tcp://peer"),
        std::tuple("here", "", "tcp://peer")}) {
    msg::Heartbeat beat;
    beat.role = msg::Role::kCatalog;
    beat.instance = "catalog-2";
    beat.host = host;
    beat.tcp = "tcp://peer";
    if (*ipc) beat.ipc = ipc;
    beat.state = msg::State::kLive;
    beat.applied = base::Seq(990);
    restart();
    hear_leader();
    hear(beat);
    tick();
    const auto first = asked();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].peer, expected);
  }
}

TEST_F(SnapshotFetchTest, KnowsSoManyPeersAndNoMore) {
  hear_leader();
  for (std::size_t i = 0; i < stream::SnapshotFetch::kPeersKept; ++i) hear_peer(fmt::format("peer-{}", i), 900);
  hear_peer("one too many", 990);
  hear_peer("peer-0", 950);  // a known one is still heard
  tick();
  const auto first = asked();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].peer, "tcp://peer-0");
}

TEST_F(SnapshotFetchTest, AsksAgainWhileThePeerIsBusy) {
  const auto copy = Copy::of("catalog-2", 10);
  auto last = begin();
  for (int i = 0; i < 300; ++i) {
    tell_refusal(last, msg::Code::kBusy);
    EXPECT_THAT(asked(), IsEmpty());
    hear_peer("catalog-2");
    tick(100);
    const auto again = asked();
    ASSERT_EQ(again.size(), 1U);
    last = again[0];
  }
  answer(last, copy);
  answer_all(copy);
  EXPECT_EQ(outcome(), Outcome::kFetched);
}

TEST_F(SnapshotFetchTest, KeepsAFewPartsUnderWay) {
  const auto copy = Copy::of("catalog-2", 10 * kPart);
  const auto parts = begin_parts(copy);
  ASSERT_EQ(parts.size(), 8U);
  answer(parts[0], copy);
  EXPECT_THAT(offsets(), ElementsAre(8 * kPart));
}

TEST_F(SnapshotFetchTest, ALostPartIsAskedForAgain) {
  const auto copy = Copy::of("catalog-2", 4 * kPart);
  const auto parts = begin_parts(copy);
  for (const auto i : {0U, 1U, 3U}) answer(parts[i], copy);
  hear_peer("catalog-2");
  tick(490);
  EXPECT_THAT(asked(), IsEmpty());
  tick(20);
  const auto again = asked();
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].offset, 2 * kPart);
  answer(again[0], copy);
  EXPECT_EQ(outcome(), Outcome::kFetched);
  EXPECT_EQ(sink.bytes, copy.bytes);
}

TEST_F(SnapshotFetchTest, PartsThatComeTwiceLateAndOutOfOrderAreTakenOnce) {
  const auto copy = Copy::of("catalog-2", 4 * kPart);
  const auto parts = begin_parts(copy);
  tick(600);  // all parts are asked for again, and then the first answers come
  const auto again = asked();
  ASSERT_EQ(again.size(), 4U);
  for (const auto i : {3U, 3U, 1U, 0U, 0U, 1U}) answer(parts[i], copy);
  answer(again[3], copy);
  answer(again[2], copy);
  answer(parts[2], copy);
  EXPECT_EQ(outcome(), Outcome::kFetched);
  EXPECT_EQ(sink.bytes, copy.bytes);
}

TEST_F(SnapshotFetchTest, AnotherIdBeginsAnew) {
  const auto copy = Copy::of("catalog-2", 6 * kPart);
  auto other = Copy::of("catalog-2", 5 * kPart, 950);
  other.what.id = "another";
  const auto parts = begin_parts(copy);
  answer(parts[0], copy);
  asked();
  tell(parts[1], other.what);
  answer(parts[2], copy);  // a late part of the earlier snapshot
  answer_all(other);
  EXPECT_EQ(outcome(), Outcome::kFetched);
  EXPECT_EQ(sink.bytes, other.bytes);
  EXPECT_THAT(sink.began, ElementsAre("id of catalog-2", "another"));
}

TEST_F(SnapshotFetchTest, GoesOnWhereAnEarlierProcessStopped) {
  const auto copy = Copy::of("catalog-2", 3 * kPart);
  sink.left = stream::BegunSnapshot{copy.what, kPart + 7};
  sink.bytes = copy.bytes.substr(0, kPart + 7);
  const auto first = begin();
  EXPECT_EQ(first.id, copy.what.id);
  EXPECT_EQ(first.offset, kPart + 7);
  answer(first, copy);
  answer_all(copy);
  EXPECT_EQ(outcome(), Outcome::kFetched);
  EXPECT_EQ(sink.bytes, copy.bytes);
  EXPECT_THAT(sink.began, IsEmpty());
}

TEST_F(SnapshotFetchTest, WaitsALittleForTheOneItBeganWith) {
  const auto copy = Copy::of("catalog-2", 3 * kPart);
  sink.left = stream::BegunSnapshot{copy.what, kPart};
  hear_leader();
  hear_peer("catalog-3");
  tick();
  EXPECT_THAT(asked(), IsEmpty());
  hear_peer("catalog-2", 980);
  tick();
  EXPECT_EQ(asked().at(0).peer, "tcp://catalog-2");
}

TEST_F(SnapshotFetchTest, ASnapshotThatIsWholeAlreadyIsTaken) {
  const auto copy = Copy::of("catalog-2", kPart, 950);
  sink.left = stream::BegunSnapshot{copy.what, kPart};
  sink.bytes = copy.bytes;
  hear_leader();
  tick();
  EXPECT_EQ(outcome(), Outcome::kFetched);
}

TEST_F(SnapshotFetchTest, ASnapshotThatIsWholeButOldIsFetchedAnew) {
  const auto old = Copy::of("catalog-2", kPart, 500);
  sink.left = stream::BegunSnapshot{old.what, kPart};
  sink.bytes = old.bytes;
  EXPECT_EQ(begin().id, "");
}

}  // namespace
}  // namespace stream
