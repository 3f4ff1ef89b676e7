// One broker of several: its acts as a standby, and the conditions of its takeover.
#include <gmock/gmock.h>

#include "tests/broker/cluster_fixture.h"

namespace broker {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(ClusterCoreTest, AStandbyArchivesAndPublishesEveryBlock) {
  tell_blocks(1, 3);
  EXPECT_EQ(archive.rows.size(), 3U);
  EXPECT_THAT(published(msg::kBlockTopic), IsEmpty()) << "older blocks are not published";
  tell_blocks(4, 5);
  EXPECT_THAT(published(msg::kBlockTopic), ElementsAre(block(4), block(5)));
  tell_blocks(4, 5);
  EXPECT_EQ(archive.rows.size(), 5U);
  EXPECT_EQ(state(), msg::State::kLive);
}

TEST_F(ClusterCoreTest, TheFirstBlockOfAnArchiveNamesTheStoreIfNothingElseDoes) {
  has_archived(2);
  archive.opened_with.control.store.clear();
  open();
  out.clear();
  pass(60);
  EXPECT_EQ(msg::decode<msg::Heartbeat>(published(msg::kHeartbeatTopic).front())->store, "store-a");
}

TEST_F(ClusterCoreTest, AStandbyWhoseFirstBlockCannotBeReadStarts) {
  has_archived(2);
  archive.opened_with.control.store.clear();
  archive.unreadable = true;
  open();
  EXPECT_EQ(state(), msg::State::kStarting);
}

TEST_F(ClusterCoreTest, TheJournalHearsEachTickOfTheLoop) {
  tell_blocks(1, 1);
  pass(10);
  EXPECT_EQ(journal.ticks, 1);
  tell(TakenOver{tail_at(1)});
  pass(20);
  EXPECT_EQ(journal.ticks, 3) << "also of a leader";
}

TEST_F(ClusterCoreTest, AStandbyReplaysAndAnswersNothingElse) {
  tell_blocks(1, 3);
  ask(msg::Replay{Seq(2), {}, 100'000});
  ASSERT_EQ(out.replies().size(), 1U);
  const auto frame = out.replies().begin()->second.front();
  const auto message = msg::FrameReader(frame).next().value();
  EXPECT_EQ(msg::decode<msg::ReplayReply>(message.body)->blocks.size(), 2U);
  out.clear();
  ask(msg::LeaseRequest{"frontend-1", Incarnation(1), Seq(3), {}});
  ask(append_of(Epoch(2), 1));
  EXPECT_TRUE(out.replies().empty()) << "only the leader answers";
}

// The next release is linked here (tests/versions): it understands versions 1 and 2.

TEST_F(ClusterCoreTest, AStandbyAnswersInTheVersionOfTheRequest) {
  tell_blocks(1, 3);
  ask(msg::Replay{Seq(2), {}, 100'000}, {.v = 2});
  EXPECT_EQ(msg::FrameReader(out.replies().begin()->second.front()).next()->header.v, 2U);
}

TEST_F(ClusterCoreTest, AStandbyRefusesAVersionThatItDoesNotUnderstand) {
  tell_blocks(1, 3);
  ask(msg::Replay{Seq(2), {}, 100'000}, {.v = 3});
  EXPECT_EQ(msg::FrameReader(out.replies().begin()->second.front()).next()->header.err, "unsupported_version");
}

TEST_F(ClusterCoreTest, AStandbyStopsAtANewerBlockAndDoesNotCallItDamaged) {
  tell_blocks(1, 1);
  auto newer = msg::decode_block(block(2)).value();
  newer.v = 3;
  tell(BlockSeen{msg::encode_block(newer)});
  EXPECT_THAT(out.stopped().value_or(""), testing::HasSubstr("upgrade it, one release at a time"));
}

TEST_F(ClusterCoreTest, AStandbyDoesNotAnswerAFollowerThatIsAhead) {
  tell_blocks(1, 3);
  ask(msg::Replay{Seq(4), {}, 100'000});
  EXPECT_EQ(out.replies().size(), 1U) << "the stream has no more blocks yet";
  out.clear();
  ask(msg::Replay{Seq(5), {}, 100'000});
  EXPECT_TRUE(out.replies().empty()) << "the answer would look like a lost stream";
}

TEST_F(ClusterCoreTest, AStandbyRelaysHeartbeatsEvenOfAProcessThatIsAhead) {
  tell_blocks(1, 1);
  core->on_published(msg::kHeartbeatTopic, msg::encoded(Beat{.applied = 5}.heartbeat()), {now, out});
  EXPECT_EQ(published(msg::kHeartbeatTopic).size(), 1U);
}

TEST_F(ClusterCoreTest, ItAnnouncesItselfToTheBrokersItKnowsAndPublishesTheirAnnouncements) {
  tell_blocks(1, 1);
  pass(60);
  const auto frame = out.sends().at("tcp://broker-1").back();
  msg::FrameReader reader(frame);
  auto announce = msg::decode<msg::Announce>(reader.next()->body);
  while (!announce) announce = msg::decode<msg::Announce>(reader.next()->body);  // a replay request may come first
  EXPECT_EQ(msg::decode<msg::Heartbeat>(announce->beat.bytes)->instance, "broker-2");
  out.clear();
  ask(*announce);
  EXPECT_THAT(published(msg::kAnnounceTopic), ElementsAre(announce->beat.bytes));
  auto leading = *msg::decode<msg::Heartbeat>(announce->beat.bytes);
  leading.leader = msg::Leadership{};
  ask(msg::Announce{{msg::encoded(leading)}});
  ask(msg::Announce{{msg::encoded(Beat{}.heartbeat())}});
  ask(msg::Announce{{"nonsense"}});
  auto odd = *msg::decode<msg::Heartbeat>(announce->beat.bytes);
  odd.instance = "broker\u202e";
  ask(msg::Announce{{msg::encoded(odd)}});
  EXPECT_THAT(published(msg::kAnnounceTopic), IsEmpty()) << "only brokers are announced, and without leadership";
}

TEST_F(ClusterCoreTest, SilenceOfTheLeaderMakesAStandbyTakeOver) {
  tell_blocks(1, 3);
  pass(490);
  EXPECT_THAT(journal.wishes, IsEmpty());
  tell(LeaderSeen{2});
  pass(490);
  EXPECT_THAT(journal.wishes, IsEmpty()) << "the leader has shown a sign of life";
  pass(50);
  EXPECT_THAT(journal.wishes, ElementsAre(3));
  pass(2000);
  EXPECT_EQ(journal.wishes.size(), 1U) << "one wish at a time";
  tell(NotTakenOver{"another broker leads"});
  pass(490);
  EXPECT_EQ(journal.wishes.size(), 1U);
  pass(50);
  EXPECT_EQ(journal.wishes.size(), 2U);
}

TEST_F(ClusterCoreTest, AVacantLeadIsTakenAtOnce) {
  tell_blocks(1, 3);
  tell(LeadVacant{5});
  EXPECT_THAT(journal.wishes, ElementsAre(3));
}

TEST_F(ClusterCoreTest, WithoutTheWholeStreamItAsksItsPeersAndDoesNotTakeOver) {
  tell(BlockSeen{block(5)});
  tell(LeaderSeen{1});
  ASSERT_EQ(out.sends().count("tcp://broker-1"), 1U);
  pass(3000);
  EXPECT_THAT(journal.wishes, IsEmpty());
  EXPECT_EQ(state(), msg::State::kCatchingUp);
  msg::ReplayReply reply;
  for (std::uint64_t no = 1; no <= 4; ++no) reply.blocks.push_back({block(no)});
  reply.commit = Seq(5);
  base::Bytes frame;
  for (std::uint64_t id = 1; id < 40; ++id) {  // any of them may be the last request
    frame.clear();
    msg::append_message(frame, msg::reply_header(id, reply.commit), reply);
    core->on_reply("tcp://broker-1", frame, {now, out});
  }
  EXPECT_EQ(archive.rows.size(), 5U);
  pass(20);
  EXPECT_THAT(journal.wishes, ElementsAre(5)) << "the leader has been silent all the time";
}

TEST_F(ClusterCoreTest, ALeaderArchivesWhatIsCommittedAndNothingBefore) {
  tell_blocks(1, 3);
  tell(TakenOver{tail_at(3)});
  ASSERT_NE(core->leader(), nullptr);
  out.clear();
  core->on_published(msg::kHeartbeatTopic, msg::encoded(Beat{.applied = 3}.heartbeat()), {now, out});
  pass(400);
  ASSERT_TRUE(journal.in_flight) << "the appointment of a writer";
  EXPECT_EQ(journal.in_flight->no, BlockNo(4));
  EXPECT_EQ(archive.rows.size(), 3U);
  EXPECT_THAT(published(msg::kBlockTopic), IsEmpty());
  tell(BlockCommitted{BlockNo(4)});
  EXPECT_EQ(archive.rows.size(), 4U);
  EXPECT_EQ(published(msg::kBlockTopic).size(), 1U);
  tell(BlockSeen{journal.in_flight->bytes});
  EXPECT_EQ(archive.rows.size(), 4U) << "its own block is archived once";
}

TEST_F(ClusterCoreTest, ALeaderGrantsLeasesUpToItsProof) {
  tell_blocks(1, 3);
  tell(TakenOver{tail_at(3)});
  pass(300);  // it has listened for its members
  ask(msg::LeaseRequest{"frontend-1", Incarnation(1), Seq(3), {}});
  out.clear();
  pass(20);
  tell(BlockCommitted{BlockNo(4)});
  ask(msg::LeaseRequest{"frontend-1", Incarnation(1), Seq(4), {}});
  const auto frame = out.replies().begin()->second.back();
  EXPECT_EQ(msg::FrameReader(frame).next()->header.err, "unavailable") << "leadership was never proved";
  out.clear();
  journal.proved_at = now.mono - milliseconds(100);
  ask(msg::LeaseRequest{"frontend-1", Incarnation(1), Seq(4), {}});
  const auto granted = out.replies().begin()->second.back();
  EXPECT_EQ(msg::decode<msg::LeaseReply>(msg::FrameReader(granted).next()->body)->lease_ms, 400U);
}

TEST_F(ClusterCoreTest, ALeaderThatLosesTheLeadEnds) {
  tell_blocks(1, 3);
  tell(TakenOver{tail_at(3)});
  tell(LeadLost{});
  EXPECT_THAT(out.stopped().value_or(""), testing::HasSubstr("term 2 is over"));
}

TEST_F(ClusterCoreTest, ALeadThatWasLostBeforeItBeganIsNotTaken) {
  tell_blocks(1, 4);
  tell(TakenOver{tail_at(3)});
  EXPECT_EQ(core->leader(), nullptr);
  EXPECT_THAT(out.stopped().value_or(""), testing::HasSubstr("was over before it began"));
}

}  // namespace
}  // namespace broker
