#include "stream/snapshot_fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "msg/sha256.h"
#include "tests/support/blocks.h"

namespace {

using Outcome = stream::SnapshotFetch::Outcome;
using support::at;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t kPart = msg::kSnapshotBytesMax;

struct MemorySink : stream::SnapshotSink {
  std::optional<stream::BegunSnapshot> begun() override { return left; }
  void begin(const msg::SnapshotReply& what) override {
    began.push_back(what.id);
    bytes.clear();
  }
  void append(base::BytesView more) override { bytes += more; }
  bool whole(const msg::SnapshotReply& what) override { return msg::sha256(bytes) == what.sha256.bytes; }
  void discard() override { bytes.clear(); }

  std::optional<stream::BegunSnapshot> left;  // by an earlier process
  std::vector<std::string> began;
  std::string bytes;
};

// A whole snapshot, as a peer has it.
struct Copy {
  msg::SnapshotReply what;
  std::string bytes;

  static Copy of(const std::string& maker, std::size_t size, std::uint64_t seq = 900) {
    Copy copy;
    for (std::size_t i = 0; i < size; ++i) copy.bytes += static_cast<char>((i * 7 + i / 1000) & 0xff);
    copy.what = {"id of " + maker, maker, "store-a", 3, base::Seq(seq), size, {msg::sha256(copy.bytes)}, 0, {}};
    return copy;
  }
  msg::SnapshotReply part(std::uint64_t offset) const {
    auto reply = what;
    reply.offset = offset;
    reply.bytes.bytes = bytes.substr(offset, kPart);
    return reply;
  }
};

class SnapshotFetchTest : public testing::Test {
 protected:
  // A stream that ends with seq 1000, and a peer that has nearly all of it.
  void hear_leader(std::uint64_t commit = 1000) { hear_leader(commit, {}); }
  void hear_leader(std::uint64_t commit, std::vector<std::string> diverged) {
    msg::Heartbeat beat;
    beat.role = msg::Role::kBroker;
    beat.store = "store-a";
    beat.leader = msg::Leadership{.term = base::Term(1), .commit = base::Seq(commit), .diverged = std::move(diverged)};
    hear(beat);
  }
  void hear_trimmed_leader(std::uint64_t begins, std::uint64_t commit = 1000) {
    msg::Heartbeat beat;
    beat.role = msg::Role::kBroker;
    beat.store = "store-a";
    beat.leader = msg::Leadership{.term = base::Term(1), .commit = base::Seq(commit), .begins = base::Seq(begins)};
    hear(beat);
  }
  void hear_peer(const std::string& instance, std::uint64_t applied = 990, std::uint64_t incarnation = 1,
                 msg::State state = msg::State::kLive) {
    msg::Heartbeat beat;
    beat.role = msg::Role::kCatalog;
    beat.instance = instance;
    beat.incarnation = base::Incarnation(incarnation);
    beat.store = "store-a";
    beat.tcp = "tcp://" + instance;
    beat.state = state;
    beat.applied = base::Seq(applied);
    hear(beat);
  }
  void hear(const msg::Heartbeat& beat) { core().on_published("H", msg::encoded(beat), at(ms), out); }

  void tick(int by = 10) {
    ms += by;
    core().on_tick(at(ms), out);
    core().on_settled(at(ms), out);
  }

  struct Asked {
    std::string peer;
    std::uint64_t header_id;
    std::string id;
    std::uint64_t offset;
    std::optional<std::string> useless;
  };
  // What has been asked since.
  std::vector<Asked> asked() {
    std::vector<Asked> all;
    for (const auto& [to, frames] : out.sends()) {
      for (const auto& message : support::messages(frames)) {
        const auto what = msg::decode<msg::Snapshot>(message.body).value();
        EXPECT_EQ(what.bytes, kPart);
        all.push_back({to, message.header.id, what.id, what.offset, what.useless});
      }
    }
    out.clear();
    return all;
  }
  std::vector<std::uint64_t> offsets() {
    std::vector<std::uint64_t> all;
    for (const auto& each : asked()) all.push_back(each.offset);
    return all;
  }

  void tell(const Asked& to, const msg::SnapshotReply& reply) {
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(to.header_id, {}), reply);
    tell_frame(to, frame);
  }
  void tell_refusal(const Asked& to, msg::Code code) {
    base::Bytes frame;
    msg::append_refusal(frame, to.header_id, {}, {.code = code, .message = "no"});
    tell_frame(to, frame);
  }
  void tell_frame(const Asked& to, const base::Bytes& frame) {
    core().on_reply(to.peer, frame, at(ms), out);
    core().on_settled(at(ms), out);
  }
  // As a peer that has `copy` does.
  void answer(const Asked& to, const Copy& copy) { tell(to, to.id == copy.what.id ? copy.part(to.offset) : copy.what); }
  void answer_all(const Copy& copy) {
    for (auto round = asked(); !round.empty(); round = asked()) {
      for (const auto& each : round) answer(each, copy);
    }
  }

  // Until the first request.
  Asked begin(const std::string& peer = "catalog-2") {
    hear_leader();
    hear_peer(peer);
    tick();
    const auto first = asked();
    EXPECT_EQ(first.size(), 1U);
    return first.empty() ? Asked{} : first[0];
  }
  // Until the first parts have been asked for.
  std::vector<Asked> begin_parts(const Copy& copy) {
    answer(begin(), copy);
    return asked();
  }

  bool stopped() const { return out.stopped().has_value(); }
  Outcome outcome() { return core().outcome(); }

  void restart() { core_.reset(); }
  stream::SnapshotFetch& core() {
    if (!core_) {
      core_.emplace(stream::FetchConfig{.identity = {.instance = "catalog-1", .host = "here", .tcp = "tcp://me"},
                                        .format = 3,
                                        .oldest_format = 2,
                                        .behind = 100,
                                        .brokers = {"tcp://broker-1"}},
                    position, sink);
    }
    return *core_;
  }

  MemorySink sink;
  stream::Position position;
  base::Outbox out;
  int ms = 0;

 private:
  std::optional<stream::SnapshotFetch> core_;
};

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
    core().on_published(msg::kAnnounceTopic, msg::encoded(other), at(ms), out);
    other.store = "store-b";
    other.tcp = "tcp://stranger";
    core().on_published(msg::kAnnounceTopic, msg::encoded(other), at(ms), out);
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
  EXPECT_THAT(out.hang_ups(), IsEmpty()) << "the peer may make another one";
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
  EXPECT_EQ(first[0].peer, "tcp://catalog-3") << "the other one lacks it, too";
  const auto copy = Copy::of("catalog-3", kPart, 980);
  answer(first[0], copy);
  answer_all(copy);
  EXPECT_EQ(outcome(), Outcome::kFetched);
}

TEST_F(SnapshotFetchTest, ACopyWithAGapOfWhatWasTrimmedBehindItIsNotTaken) {
  position = {"store-a", base::Seq(900), {}, {}, 0};
  hear_trimmed_leader(942);
  hear_peer("catalog-2", 990);
  tick();
  const auto first = asked();
  ASSERT_EQ(first.size(), 1U);
  const auto old = Copy::of("catalog-2", kPart, 940);  // from before the trim, and further than we are
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

TEST_F(SnapshotFetchTest, ReplaysWhenNobodyIsFurther) {
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
  const auto pause = static_cast<int>(stream::FetchConfig{}.heartbeat / std::chrono::milliseconds(1));
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
  hear_peer("peer-0", 950);  // a known one is heard again
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
  tick(600);  // all of them are asked for again, and the first answers come after that
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
  answer(parts[2], copy);  // late: it tells of what is no more
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

TEST_F(SnapshotFetchTest, WhatIsWholeAlreadyIsTaken) {
  const auto copy = Copy::of("catalog-2", kPart, 950);
  sink.left = stream::BegunSnapshot{copy.what, kPart};
  sink.bytes = copy.bytes;
  hear_leader();
  tick();
  EXPECT_EQ(outcome(), Outcome::kFetched);
}

TEST_F(SnapshotFetchTest, WhatIsWholeButOldIsFetchedAnew) {
  const auto old = Copy::of("catalog-2", kPart, 500);
  sink.left = stream::BegunSnapshot{old.what, kPart};
  sink.bytes = old.bytes;
  EXPECT_EQ(begin().id, "");
}

// --- the error paths ---

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
  EXPECT_EQ(first.back().id, copy.what.id);  // it may have the same
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

TEST_F(SnapshotFetchTest, WhatDoesNotHaveItsHashIsNotTaken) {
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
  tell_refusal(peer, msg::Code::kUnknownType);  // an older one; the fifth is the last
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
  core().on_stop(at(ms), out);
  EXPECT_EQ(outcome(), Outcome::kStopped);
  EXPECT_TRUE(stopped());
}

}  // namespace
