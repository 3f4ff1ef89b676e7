#include "stream/follower.h"

#include <gtest/gtest.h>

#include "tests/support/blocks.h"

namespace {

using support::at;
using support::Stream;

class FollowerTest : public testing::Test {
 protected:
  FollowerTest() { begin({}); }

  void begin(stream::Position position, stream::Follower::Start start = stream::Follower::Start::kFromPosition,
             std::vector<std::string> brokers = {support::kBroker}) {
    follower = std::make_unique<stream::Follower>(
        std::move(position), std::move(brokers),
        [this](const msg::Block& block, const std::vector<msg::Event>&, base::BytesView) {
          applied.push_back(block.no.value());
        },
        start);
  }

  // The replay that it asks for now, as "from..to" ("from.." for an open end), or "nothing".
  std::string asks(int ms = 0) {
    base::Outbox out;
    follower->ask(at(ms).mono, out);
    if (out.sends().empty()) return "nothing";
    const auto messages = support::messages(out.sends().begin()->second);
    id = messages.at(0).header.id;
    const auto replay = msg::decode<msg::Replay>(messages[0].body).value();
    asked_bytes = replay.bytes;
    return fmt::format("{}..{}", replay.from, replay.to ? std::to_string(replay.to->value()) : "");
  }

  // Block 1, written in another version.
  base::Bytes newer(std::uint32_t v) {
    auto block = msg::decode_block(stream[1]).value();
    block.v = v;
    return msg::encode_block(block);
  }

  using Numbers = std::vector<std::uint64_t>;
  Stream stream;
  Numbers applied;
  std::uint64_t id = 0;
  std::uint32_t asked_bytes = 0;
  std::unique_ptr<stream::Follower> follower;
};

TEST_F(FollowerTest, AsksNothingBeforeItHasHeardABroker) { EXPECT_EQ(asks(), "nothing"); }

TEST_F(FollowerTest, ReplaysFromTheStartThenIsLevel) {
  stream.block({support::item_added(1)});
  follower->on_leader(stream.beat());
  EXPECT_FALSE(follower->level());
  EXPECT_EQ(asks(), "1..");
  follower->on_replay(id, stream.replay(1, 2));
  EXPECT_EQ(applied, (Numbers{1, 2}));
  EXPECT_TRUE(follower->level());
  EXPECT_EQ(follower->position().store, "store-a");
  EXPECT_EQ(asks(1000), "nothing");
}

TEST_F(FollowerTest, EventsThatWereTrimmedBeforeItHadThemEndIt) {
  for (std::uint64_t i = 1; i <= 4; ++i) stream.block({support::item_added(i)});
  follower->on_leader(stream.beat());
  EXPECT_EQ(asks(), "1..");
  auto reply = stream.replay(4, 5);
  reply.trimmed = msg::Trimmed{base::Seq(4), "store-a"};
  follower->on_replay(id, reply);
  EXPECT_EQ(applied, Numbers{});
  EXPECT_NE(follower->fault().value_or("").find("the stream begins with seq 4 now"), std::string::npos);
}

TEST_F(FollowerTest, EventsThatWereTrimmedAfterItHadThemAreNotMissed) {
  for (std::uint64_t i = 1; i <= 4; ++i) stream.block({support::item_added(i)});
  follower->on_leader(stream.beat());
  for (std::uint64_t no = 1; no <= 3; ++no) follower->on_block(stream[no]);
  EXPECT_EQ(asks(), "4..");
  auto reply = stream.replay(4, 5);
  reply.trimmed = msg::Trimmed{base::Seq(4), "store-a"};
  follower->on_replay(id, reply);
  EXPECT_EQ(applied, (Numbers{1, 2, 3, 4, 5}));
  EXPECT_EQ(follower->fault(), std::nullopt);
}

TEST_F(FollowerTest, AnArchiveThatIsNotEmptyDoesNotBeginAnew) {
  for (std::uint64_t i = 1; i <= 4; ++i) stream.block({support::item_added(i)});
  begin({}, stream::Follower::Start::kWhereItBegins);
  follower->on_leader(stream.beat());
  follower->on_block(stream[1]);
  EXPECT_EQ(asks(), "2..");
  auto reply = stream.replay(4, 5);
  reply.trimmed = msg::Trimmed{base::Seq(4), "store-a"};
  follower->on_replay(id, reply);
  EXPECT_NE(follower->fault(), std::nullopt);
}

TEST_F(FollowerTest, LiveBlocksAreAppliedOnceInOrder) {
  follower->on_leader(stream.beat());
  follower->on_block(stream[1]);
  follower->on_block(stream[1]);
  follower->on_block(stream.block({support::item_added(1)}));
  follower->on_block(stream[1]);
  EXPECT_EQ(applied, (Numbers{1, 2}));
}

TEST_F(FollowerTest, FillsExactlyTheGap) {
  for (std::uint64_t i = 1; i <= 4; ++i) stream.block({support::item_added(2 * i), support::item_added(2 * i + 1)});
  follower->on_leader(stream.beat());
  follower->on_block(stream[1]);
  follower->on_block(stream[4]);  // blocks 2 and 3, seqs 2..5, are lost
  follower->on_block(stream[5]);
  EXPECT_EQ(applied, Numbers{1});
  EXPECT_EQ(asks(), "2..5");
  follower->on_replay(id, stream.replay(2, 3));
  EXPECT_EQ(applied, (Numbers{1, 2, 3, 4, 5}));
  EXPECT_TRUE(follower->level());
}

// The next release is linked here (tests/versions): it reads versions 1 and 2.

TEST_F(FollowerTest, ANewerBlockIsAFaultThatSaysWhatToDo) {
  follower->on_leader(stream.beat());
  EXPECT_EQ(follower->on_block(newer(2)), newer(2).size()) << "version 2 is understood";
  EXPECT_FALSE(follower->fault());
  EXPECT_EQ(follower->on_block(newer(3)), 0U);
  EXPECT_EQ(follower->fault().value(),
            "the broker writes blocks of version 3, this program understands up to 2: it is older than the broker; "
            "upgrade it, one release at a time");
}

TEST_F(FollowerTest, ANewerBlockInAReplayIsTheSameFault) {
  follower->on_leader(stream.beat());
  EXPECT_EQ(asks(), "1..");
  follower->on_replay(id, {{{newer(3)}}, base::Seq(1)});
  EXPECT_TRUE(follower->fault());
}

TEST_F(FollowerTest, ADamagedBlockIsNotTakenForANewerOne) {
  auto damaged = newer(3);
  damaged.back() = static_cast<char>(damaged.back() ^ 1);
  follower->on_leader(stream.beat());
  follower->on_block(damaged);
  EXPECT_FALSE(follower->fault());
  EXPECT_EQ(follower->rejected(), 1U);
}

TEST_F(FollowerTest, ABrokerThatDoesNotUnderstandUsIsAFault) {
  const auto refused = [&](msg::Code code) {
    base::Bytes frame;
    msg::append_refusal(frame, 1, {}, {.code = code, .message = "version 1 is too old"});
    follower->on_refused(msg::FrameReader(frame).next().value());
  };
  refused(msg::Code::kBusy);
  EXPECT_FALSE(follower->fault());
  refused(msg::Code::kUnsupportedVersion);
  EXPECT_EQ(follower->fault().value(), "the broker refuses this process: version 1 is too old");
}

TEST_F(FollowerTest, NoticesALossInSilenceByTheHeartbeat) {
  follower->on_leader(stream.beat());
  follower->on_block(stream[1]);
  stream.block({support::item_added(1)});
  EXPECT_EQ(asks(), "nothing");
  follower->on_leader(stream.beat());
  EXPECT_EQ(asks(), "2..");
}

TEST_F(FollowerTest, AsksAgainAfterAWhileThenAfterALongerOne) {
  follower->on_leader(stream.beat());
  EXPECT_EQ(asks(0), "1..");
  EXPECT_EQ(asks(199), "nothing");
  EXPECT_EQ(asks(200), "1..");
  EXPECT_EQ(asks(599), "nothing");
  EXPECT_EQ(asks(600), "1..");
  EXPECT_EQ(asks(1000), "1..");  // it never waits longer than this
}

// A bug: every answer took longer than kAskAgain, and was dropped because the replay had been asked for again
// meanwhile.
TEST_F(FollowerTest, OnASlowLinkItAsksForLessAndTakesWhatComesLate) {
  follower->on_leader(stream.beat());
  EXPECT_EQ(asks(0), "1..");
  const auto first = id;
  EXPECT_EQ(asks(200), "1..");
  EXPECT_EQ(asked_bytes, stream::Follower::kReplayBytes / 4);
  follower->on_replay(first, stream.replay(1, 1));
  EXPECT_EQ(applied, Numbers{1});
  follower->on_replay(id + 1, stream.replay(1, 1));  // an id that was never used
  stream.block({support::item_added(1)});
  follower->on_leader(stream.beat());
  follower->on_replay(id, stream.replay(1, 1));
  EXPECT_EQ(applied, Numbers{1});
  EXPECT_EQ(asks(300), "2..") << "the replay was answered";
}

TEST_F(FollowerTest, GoesOnAskingUntilALongReplayIsThrough) {
  stream.block({support::item_added(1)});
  stream.block({support::item_added(2)});
  follower->on_leader(stream.beat());
  asks();
  follower->on_replay(id, stream.replay(1, 2));
  EXPECT_EQ(asks(1), "3..");
}

TEST_F(FollowerTest, AnEdgeBeginsWhereTheStreamStands) {
  begin({}, stream::Follower::Start::kFromNow);
  stream.block({support::item_added(1)});
  follower->on_leader(stream.beat());
  EXPECT_TRUE(follower->level());
  EXPECT_EQ(asks(), "nothing");
  follower->on_block(stream.block({support::item_added(2)}));
  EXPECT_EQ(applied, Numbers{3});
}

TEST_F(FollowerTest, AnEdgeThatHeardABlockBeforeTheHeartbeatMissesNothing) {
  begin({}, stream::Follower::Start::kFromNow);
  const auto before = stream.beat();
  follower->on_block(stream.block({support::item_added(1)}));
  EXPECT_EQ(applied, Numbers{});
  follower->on_leader(before);
  EXPECT_EQ(applied, Numbers{2});
}

// --- the error paths ---

TEST_F(FollowerTest, ATamperedBlockIsRefusedAndReplayed) {
  follower->on_leader(stream.beat());
  auto bytes = stream[1];
  bytes[bytes.size() / 2] ^= 1;
  EXPECT_EQ(follower->on_block(bytes), 0U);
  EXPECT_EQ(follower->rejected(), 1U);
  EXPECT_EQ(asks(), "1..");
}

TEST_F(FollowerTest, AnotherStoreIsAFault) {
  begin({.store = "store-b"});
  follower->on_leader(stream.beat());
  ASSERT_TRUE(follower->fault());
  EXPECT_NE(follower->fault()->find("store-b"), std::string::npos);
}

TEST_F(FollowerTest, AStreamThatEndsBeforeOurViewIsAFaultOnceTheBrokerHasSaidSo) {
  begin({.store = "store-a", .applied = base::Seq(9)});
  follower->on_leader(stream.beat());
  EXPECT_EQ(asks(), "nothing");
  for (int i = 0; i < 30; ++i) follower->on_leader(stream.beat());
  EXPECT_FALSE(follower->fault());
  EXPECT_EQ(asks(), "10..");
  msg::ReplayReply reply;
  reply.commit = base::Seq(1);
  follower->on_replay(id, reply);
  EXPECT_TRUE(follower->fault());
}

// Another broker has served our view, and we ask one for more that does not know yet that its term has ended.
TEST_F(FollowerTest, ABrokerWhoseTermIsOverHasLostNothing) {
  begin({}, stream::Follower::Start::kFromPosition, {support::kBroker, "tcp://other"});
  const auto old = stream.beat();
  follower->on_leader(old);
  follower->on_block(stream[1]);
  follower->on_block(stream.block({support::item_added(1)}));  // a block of the new leader
  stream.block({support::item_added(2)});
  follower->on_block(stream.block({support::item_added(3)}));
  EXPECT_EQ(asks(), "3..3");
  msg::ReplayReply reply;
  reply.commit = old.leader->commit;
  follower->on_replay(id, reply);
  EXPECT_FALSE(follower->fault());
  EXPECT_EQ(asks(100), "nothing");
  for (int s = 1; s < 150; ++s) {
    EXPECT_FALSE(follower->fault()) << s;
    EXPECT_EQ(asks(s * 1000), "3..3");
    follower->on_replay(id, reply);
  }
  EXPECT_TRUE(follower->fault()) << "the broker goes on contradicting";
}

// A pause of two seconds: the replay from before it is read first, then all heartbeats since.
TEST_F(FollowerTest, HeartbeatsThatAReplayHasOvertakenAreNoFault) {
  const auto old = stream.beat();
  follower->on_leader(old);
  asks();
  stream.block({support::item_added(1)});
  follower->on_replay(id, stream.replay(1, 2));
  for (int i = 0; i < 40; ++i) follower->on_leader(old);
  EXPECT_FALSE(follower->fault());
  EXPECT_EQ(asks(500), "3..");
  msg::ReplayReply reply;
  reply.commit = base::Seq(2);
  follower->on_replay(id, reply);
  EXPECT_FALSE(follower->fault());
  EXPECT_EQ(asks(1000), "nothing");
}

TEST_F(FollowerTest, AReplayedBlockThatDoesNotJoinIsAFault) {
  begin({.store = "store-a", .applied = base::Seq(1), .block = base::BlockNo(1), .hash = std::string(32, 'x')});
  stream.block({support::item_added(1)});
  follower->on_leader(stream.beat());
  EXPECT_EQ(asks(), "2..");
  follower->on_replay(id, stream.replay(2, 2));
  EXPECT_TRUE(follower->fault());
  EXPECT_EQ(applied, Numbers{});
}

// A bug: a store was restored to seq 1 and went on with other blocks; the follower asked for them for ever.
TEST_F(FollowerTest, ReplayedBlocksThatWereAppliedArePassedOver) {
  for (std::uint64_t i = 1; i <= 2; ++i) stream.block({support::item_added(i)});
  follower->on_leader(stream.beat());
  for (std::size_t number = 1; number <= 2; ++number) follower->on_block(stream[number]);
  EXPECT_EQ(asks(), "3..");
  follower->on_replay(id, stream.replay(1, 3));
  EXPECT_EQ(applied, (Numbers{1, 2, 3}));
  EXPECT_FALSE(follower->fault());
}

TEST_F(FollowerTest, AReplayedBlockThatBeginsInTheMidstOfWhatWasAppliedIsAFault) {
  begin({.store = "store-a", .applied = base::Seq(2), .block = base::BlockNo(2), .hash = std::string(32, 'x')});
  stream.block({support::item_added(1), support::item_added(2)});
  follower->on_leader(stream.beat());
  EXPECT_EQ(asks(), "3..");
  follower->on_replay(id, stream.replay(2, 2));
  EXPECT_TRUE(follower->fault());
  EXPECT_EQ(applied, Numbers{});
}

TEST_F(FollowerTest, AnOldTermSaysNothing) {
  auto old = stream.beat();
  auto current = stream.beat();
  current.leader->term = base::Term(5);
  old.leader->commit = base::Seq(100);
  follower->on_leader(current);
  follower->on_leader(old);
  EXPECT_EQ(follower->commit_seq(), base::Seq(1));
}

TEST_F(FollowerTest, BlocksAheadAreKeptUpToTheBoundAndRoomIsGivenBack) {
  for (int i = 0; i < 200; ++i) stream.block({support::many_added()});
  follower->on_leader(stream.beat());
  follower->on_block(stream[1]);
  for (int round = 0; round < 2; ++round) {  // each round fills the bound
    const auto next = applied.size() + 1;
    const auto fit = stream::Follower::kAheadBytesMax / stream[next + 1].size();
    for (auto number = next + 1; number <= next + fit + 2; ++number) follower->on_block(stream[number]);
    EXPECT_FALSE(follower->lacks_what_was_told());
    asks(round * 10'000);
    follower->on_replay(id, stream.replay(next, next));
    EXPECT_EQ(applied.size(), next + fit) << "round " << round << ": the first block, and those that were kept";
    EXPECT_TRUE(follower->lacks_what_was_told()) << "two blocks were not kept";
    EXPECT_FALSE(follower->lacks_what_was_told()) << "said once";
  }
}

TEST_F(FollowerTest, RoomForWhatIsAheadIsGivenBackWhereTheStreamBeginsLater) {
  for (int i = 0; i < 200; ++i) stream.block({support::many_added()});
  const auto fit = stream::Follower::kAheadBytesMax / stream[2].size();
  begin({}, stream::Follower::Start::kWhereItBegins);
  follower->on_leader(stream.beat());
  for (std::size_t number = 2; number <= fit + 1; ++number) follower->on_block(stream[number]);
  asks();
  auto reply = stream.replay(fit + 2, fit + 2);
  reply.trimmed = msg::Trimmed{base::Seq(fit + 2), "store-a"};
  follower->on_replay(id, reply);
  ASSERT_EQ(applied, Numbers{fit + 2}) << "the kept blocks are before the stream's beginning";
  for (auto number = fit + 4; number < 2 * fit + 4; ++number) follower->on_block(stream[number]);
  asks(1000);
  follower->on_replay(id, stream.replay(fit + 3, fit + 3));
  EXPECT_EQ(applied.size(), fit + 2) << "as many blocks are kept again";
}

// The journal decides for an archive what the stream is.

TEST_F(FollowerTest, AnArchiveIsConfirmedByTheBlockThatItEndsWithOrTheNext) {
  for (std::uint64_t i = 1; i <= 3; ++i) stream.block({support::item_added(i)});
  const auto third = msg::decode_block(stream[3]).value();
  for (const std::size_t told : {3U, 4U}) {
    begin({"store-a", third.last(), third.no, third.hash.bytes, 0}, stream::Follower::Start::kWhereItBegins);
    EXPECT_FALSE(follower->confirmed());
    follower->on_block(stream[2]);
    EXPECT_FALSE(follower->confirmed()) << "an earlier block does not confirm the third";
    follower->on_block(stream[told]);
    EXPECT_TRUE(follower->confirmed());
    EXPECT_FALSE(follower->fault());
  }
}

TEST_F(FollowerTest, AnArchiveThatTheJournalContradictsIsAFault) {
  for (std::uint64_t i = 1; i <= 3; ++i) stream.block({support::item_added(i)});
  const auto third = msg::decode_block(stream[3]).value();
  const msg::Hash other(msg::kHashBytes, 'x');
  for (const std::size_t told : {3U, 4U}) {
    begin({"store-a", third.last(), third.no, other, 0}, stream::Follower::Start::kWhereItBegins);
    follower->on_block(stream[told]);
    EXPECT_TRUE(follower->fault()) << told;
    EXPECT_FALSE(follower->confirmed());
  }
  begin({"store-a", base::Seq(100), base::BlockNo(2), other, 0}, stream::Follower::Start::kWhereItBegins);
  follower->on_block(stream[4]);
  EXPECT_TRUE(follower->fault()) << "more events in fewer blocks";
  begin({"store-a", third.last(), third.no, other, 0});
  follower->on_block(stream[4]);
  EXPECT_FALSE(follower->fault()) << "for a view: a published block may be wrong, so a replay decides";
}

}  // namespace
