// One broker of several: when it trusts its archive, where the archive gets its blocks, and trims.
#include <gmock/gmock.h>

#include "tests/broker/cluster_fixture.h"

namespace broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(ClusterCoreTest, BeforeItsArchiveWasComparedItIsNotLiveAndGivesNothing) {
  has_archived(3);
  tell(LeaderSeen{1});
  EXPECT_EQ(state(), msg::State::kCatchingUp);
  ask(msg::Replay{Seq(1), {}, 100'000});
  EXPECT_EQ(refused(), "unavailable");
  ask(msg::Trim{"store-a", Seq(2), true});
  EXPECT_EQ(refused(), "unavailable");
  pass(2000);
  EXPECT_THAT(journal.wishes, IsEmpty());
  EXPECT_EQ(journal.joins, 0);
  tell(BlockSeen{block(3)});
  EXPECT_EQ(journal.joins, 1);
  EXPECT_EQ(state(), msg::State::kLive);
  ask(msg::Replay{Seq(1), {}, 100'000});
  EXPECT_EQ(refused(), "");
}

TEST_F(ClusterCoreTest, TheBlockAfterItsLastComparesAsWell) {
  has_archived(3);
  tell(BlockSeen{block(4)});
  EXPECT_EQ(journal.joins, 1);
  EXPECT_EQ(out.stopped(), std::nullopt);
}

// Numbers and seqs are the same; only the hashes differ.
TEST_F(ClusterCoreTest, AnArchiveOfAnotherHistoryStopsItAtTheFirstBlock) {
  for (const std::uint64_t told : {3U, 4U}) {
    chain.clear();
    others = true;
    archive.rows.clear();
    has_archived(3);
    chain.clear();
    others = false;
    tell(BlockSeen{block(told)});
    EXPECT_THAT(out.stopped().value_or(""), testing::HasSubstr("of another history")) << told;
    EXPECT_EQ(journal.joins, 0);
    EXPECT_EQ(archive.rows.size(), 3U) << "nothing was changed";
    out = {};
  }
}

TEST_F(ClusterCoreTest, APeersReplayIsTrustedOnceTheJournalFollowsIt) {
  tell(BlockSeen{block(5)});  // blocks 1 to 4 have left the journal
  replayed(1, 3, 3);
  EXPECT_EQ(archive.rows.size(), 3U);
  EXPECT_EQ(journal.joins, 0);
  replayed(4, 4, 5);
  EXPECT_EQ(archive.rows.size(), 5U);
  EXPECT_EQ(journal.joins, 1);
}

TEST_F(ClusterCoreTest, APeerOfAnotherHistoryIsFoundOut) {
  const auto told = block(5);
  chain.clear();
  others = true;
  tell(BlockSeen{told});
  replayed(1, 4, 4);
  EXPECT_THAT(out.stopped().value_or(""), testing::HasSubstr("of another history"));
  EXPECT_EQ(journal.joins, 0);
}

// A peer dies in the midst of a gap. The blocks that the journal told beyond the bound still exist.
TEST_F(ClusterCoreTest, BlocksWithoutRoomAreToldAgain) {
  large = true;
  const auto fit = stream::Follower::kAheadBytesMax / block(3).size();
  const auto last = fit + 10;
  for (std::uint64_t no = 3; no <= last; ++no) tell(BlockSeen{block(no)});
  EXPECT_THAT(journal.told_again, IsEmpty());
  replayed(1, 2, last);
  EXPECT_EQ(core->position().block, BlockNo(2 + fit));
  EXPECT_THAT(journal.told_again, ElementsAre(2 + fit));
  pass(3000);
  EXPECT_EQ(journal.told_again.size(), 1U) << "once";
  tell_blocks(2 + fit, last);
  EXPECT_EQ(core->position().block, BlockNo(last));
  EXPECT_EQ(state(), msg::State::kLive);
}

TEST_F(ClusterCoreTest, AControlRecordOfAnotherStoreIsRefused) {
  tell_blocks(1, 3);
  auto other = tail_at(3);
  other.control.store = "store-b";
  tell(TakenOver{other});
  EXPECT_EQ(core->leader(), nullptr);
  EXPECT_THAT(out.stopped().value_or(""), testing::HasSubstr("is of store store-b"));
}

TEST_F(ClusterCoreTest, AnArchiveOfAnotherStreamIsRefused) {
  tell_blocks(1, 3);
  auto other = tail_at(3);
  other.hash = std::string(msg::kHashBytes, 'x');
  tell(TakenOver{other});
  EXPECT_THAT(out.stopped().value_or(""), testing::HasSubstr("do not join"));
}

TEST_F(ClusterCoreTest, ItGoesOnWhereItsArchiveEnds) {
  has_archived(3);
  EXPECT_EQ(core->position().store, "store-a");
  tell_blocks(4, 4);
  EXPECT_EQ(archive.rows.size(), 4U);
}

TEST_F(ClusterCoreTest, AnEmptyArchiveBeginsWithWhatTheOthersStillKeep) {
  tell_blocks(6, 7);  // the blocks that the journal has
  msg::ReplayReply reply;
  for (std::uint64_t no = 4; no <= 5; ++no) reply.blocks.push_back({block(no)});
  reply.commit = Seq(7);
  reply.trimmed = msg::Trimmed{Seq(4), "store-a"};
  base::Bytes frame;
  msg::append_message(frame, msg::reply_header(1, reply.commit), reply);
  core->on_reply("tcp://broker-1", frame, {now, out});
  ASSERT_EQ(archive.rows.size(), 4U);
  EXPECT_EQ(archive.rows.front().no, BlockNo(4));
  EXPECT_EQ(archive.kept, "store-a") << "the block that names the store was trimmed";
  EXPECT_EQ(core->position().store, "store-a");
  out.clear();
  ask(msg::Replay{Seq(1), {}, 100'000});
  const auto answer = out.replies().begin()->second.front();
  EXPECT_EQ(msg::decode<msg::ReplayReply>(msg::FrameReader(answer).next()->body)->trimmed,
            (msg::Trimmed{Seq(4), "store-a"}));
}

TEST_F(ClusterCoreTest, TheLeaderOfANewStoreKeepsItsNameInTheArchive) {
  tell(LeadVacant{1});
  EXPECT_EQ(journal.joins, 0);
  tell(TakenOver{Tail{.term = base::Term(1)}});
  EXPECT_EQ(journal.joins, 1) << "its archive has the history that it begins";
  ASSERT_TRUE(journal.in_flight);
  tell(BlockCommitted{BlockNo(1)});
  EXPECT_EQ(archive.kept, "store-a");
}

TEST_F(ClusterCoreTest, AnArchiveOfWhichNothingWasTrimmedIsGivenWhole) {
  for (std::uint64_t no = 1; no <= 3; ++no) archive.append(BlockNo(no), Seq(no), Seq(no), block(no));
  archive.opened_with = tail_at(3);
  archive.opened_with.control.store = "";
  open();
  tell_blocks(4, 4);
  out.clear();
  ask(msg::Replay{Seq(1), {}, 100'000});
  const auto answer = out.replies().begin()->second.front();
  const auto reply = msg::decode<msg::ReplayReply>(msg::FrameReader(answer).next()->body).value();
  EXPECT_EQ(reply.trimmed, std::nullopt);
  EXPECT_EQ(reply.blocks.size(), 4U);
}

TEST_F(ClusterCoreTest, ATrimmedArchiveIsOpenedAndLedFrom) {
  for (std::uint64_t no = 3; no <= 5; ++no) archive.append(BlockNo(no), Seq(no), Seq(no), block(no));
  archive.opened_with = tail_at(5);
  archive.opened_with.begins = Seq(3);
  open();
  EXPECT_EQ(core->position().store, "store-a");
  tell_blocks(5, 5);
  tell(TakenOver{tail_at(5)});
  out.clear();
  pass(60);
  const auto beats = published(msg::kHeartbeatTopic);
  EXPECT_EQ(msg::decode<msg::Heartbeat>(beats.back())->leader->begins, Seq(3));
}

TEST_F(ClusterCoreTest, AStandbyTrimsItsArchive) {
  tell_blocks(1, 9);
  for (const auto* instance : {"order-1", "order-2", "catalog-1", "catalog-2"}) {
    const auto role = instance[0] == 'o' ? msg::Role::kOrder : msg::Role::kCatalog;
    const Beat beat{.instance = instance, .applied = 9, .role = role, .durable = Seq(8)};
    core->on_published(msg::kHeartbeatTopic, msg::encoded(beat.heartbeat()), {now, out});
  }
  out.clear();
  ask(msg::Trim{"store-a", Seq(10), {}});
  EXPECT_EQ(archive.rows.size(), 9U) << "there is no seq 10";
  ask(msg::Trim{"store-a", Seq(9), {}});
  EXPECT_EQ(archive.rows.size(), 1U);
}

TEST_F(ClusterCoreTest, ADamagedBlockIsNotTaken) {
  auto bytes = block(1);
  bytes[30] = static_cast<char>(bytes[30] ^ 1);
  tell(BlockSeen{bytes});
  EXPECT_THAT(out.stopped().value_or(""), testing::HasSubstr("damaged"));
  EXPECT_THAT(archive.rows, IsEmpty());
}

}  // namespace
}  // namespace broker
