// A broker of several: what it does as a standby, when it takes the lead over, and what it then does with its archive.
#include "broker/cluster_core.h"

#include <gmock/gmock.h>

#include "msg/envelope.h"
#include "tests/broker/driver.h"
#include "tests/support/blocks.h"

namespace broker {
namespace {

using base::BlockNo;
using testing::ElementsAre;
using testing::IsEmpty;

class ListArchive final : public Archive {
 public:
  Tail tail() const override { return opened_with; }
  void append(BlockNo no, Seq first, Seq last, base::Bytes bytes) override {
    rows.push_back({no, first, last, std::move(bytes), {}});
  }
  std::vector<base::Bytes> read(Seq from, Seq to, std::size_t) override {
    std::vector<base::Bytes> found;
    for (const auto& row : rows) {
      if (row.last >= from && row.first <= to) found.push_back(row.bytes);
    }
    return found;
  }
  void keep_store(const std::string& store) override { kept = store; }
  void trim(Seq begins) override {
    while (!rows.empty() && rows.front().last < begins) rows.erase(rows.begin());
  }
  Tail opened_with;
  std::vector<Commit> rows;
  std::string kept;
};

class ListJournal final : public SharedJournal {
 public:
  void take_over(BlockNo held) override { wishes.push_back(held.value()); }
  void commit(Commit block) override { in_flight = std::move(block); }
  base::Mono proved() const override { return proved_at; }
  void joined() override { ++joins; }
  void tell_again(BlockNo held) override { told_again.push_back(held.value()); }
  std::vector<std::uint64_t> wishes;
  std::optional<Commit> in_flight;
  base::Mono proved_at{};
  int joins = 0;
  std::vector<std::uint64_t> told_again;
};

class ClusterCoreTest : public testing::Test {
 protected:
  ClusterCoreTest() {
    base::log::start(base::log::Level::kOff, "test");
    open();
  }
  void open() {
    ClusterConfig config;
    config.broker.identity.instance = "broker-2";
    config.broker.identity.tcp = "tcp://broker-2";
    config.broker.new_store = "store-a";
    config.peers = {"tcp://broker-1"};
    core = std::make_unique<ClusterCore>(config, archive, journal, now);
  }
  // A chain of blocks; the first has the event that names the store.
  base::Bytes block(std::uint64_t no) {
    while (chain.size() < no) {
      msg::Block next;
      next.no = BlockNo(chain.size() + 1);
      next.first = Seq(chain.size() + 1);
      next.count = 1;
      next.prev.bytes = chain.empty() ? msg::no_hash() : msg::decode_block(chain.back())->hash.bytes;
      msg::Event created;
      created.what = msg::StoreCreated{"store-a"};
      next.events.bytes = chain.empty() ? msg::encoded(created)
                          : large       ? msg::encoded(support::many_added())
                                        : voided("k");
      next.at = others ? 1 : 0;
      chain.push_back(msg::encode_block(next));
    }
    return chain[no - 1];
  }
  Tail tail_at(std::uint64_t no, std::uint64_t term = 2) {
    const auto last = msg::decode_block(block(no)).value();
    auto tail = broker::tail_at(last);
    tail.term = base::Term(term);
    tail.control.store = "store-a";
    return tail;
  }
  void tell(JournalEvent event) { core->on_journal(std::move(event), now, out); }
  void tell_blocks(std::uint64_t from, std::uint64_t to) {
    for (auto no = from; no <= to; ++no) tell(BlockSeen{block(no)});
    tell(LeaderSeen{1});
  }
  // The process begins with so many blocks in its archive.
  void has_archived(std::uint64_t blocks) {
    for (std::uint64_t no = 1; no <= blocks; ++no) archive.append(BlockNo(no), Seq(no), Seq(no), block(no));
    archive.opened_with = tail_at(blocks);
    open();
  }
  // A peer answers the latest request with blocks from .. to.
  void replayed(std::uint64_t from, std::uint64_t to, std::uint64_t commit) {
    msg::ReplayReply reply;
    for (auto no = from; no <= to; ++no) reply.blocks.push_back({block(no)});
    reply.commit = Seq(commit);
    base::Bytes frame;
    msg::append_message(frame, msg::reply_header(1, reply.commit), reply);
    core->on_reply("tcp://broker-1", frame, now, out);
  }
  // The error word of the only answer; empty: it is none.
  std::string refused() {
    const auto frame = out.replies().begin()->second.front();
    out.clear();
    return msg::FrameReader(frame).next()->header.err.value_or("");
  }
  void pass(int ms) {
    for (int i = 0; i < ms; i += 10) {
      now.mono += milliseconds(10);
      core->on_tick(now, out);
    }
  }
  template <class Request>
  void ask(const Request& request, msg::Header header = {}) {
    base::Bytes frame;
    header.id = 7;
    msg::append_request(frame, header, request);
    core->on_request({"peer", false}, frame, now, out);
  }
  std::vector<base::Bytes> published(std::string_view topic) {
    std::vector<base::Bytes> found;
    for (const auto& each : out.publications()) {
      if (each.topic == topic) found.push_back(each.payload);
    }
    out.clear();
    return found;
  }
  msg::State state() {
    out.clear();
    pass(60);
    return msg::decode<msg::Heartbeat>(published(msg::kHeartbeatTopic).front())->state;
  }

  ListArchive archive;
  ListJournal journal;
  base::Now now{base::Mono(std::chrono::seconds(100)), 0};
  base::Outbox out;
  std::vector<base::Bytes> chain;
  bool others = false;  // the chain is that of another history
  bool large = false;   // its blocks are
  std::unique_ptr<ClusterCore> core;
};

TEST_F(ClusterCoreTest, AStandbyArchivesAndPublishesEveryBlock) {
  tell_blocks(1, 3);
  EXPECT_EQ(archive.rows.size(), 3U);
  EXPECT_THAT(published(msg::kBlockTopic), IsEmpty()) << "what was there before it came is no news";
  tell_blocks(4, 5);
  EXPECT_THAT(published(msg::kBlockTopic), ElementsAre(block(4), block(5)));
  tell_blocks(4, 5);
  EXPECT_EQ(archive.rows.size(), 5U);
  EXPECT_EQ(state(), msg::State::kLive);
}

TEST_F(ClusterCoreTest, TheFirstBlockOfAnArchiveNamesTheStoreWhereNothingElseDoes) {
  has_archived(2);
  archive.opened_with.control.store.clear();
  open();
  out.clear();
  pass(60);
  EXPECT_EQ(msg::decode<msg::Heartbeat>(published(msg::kHeartbeatTopic).front())->store, "store-a");
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
  EXPECT_TRUE(out.replies().empty()) << "as if it were not there: everybody asks the leader";
}

// The next release is linked here (tests/versions): it understands 1 and 2.

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

TEST_F(ClusterCoreTest, AStandbyDoesNotAnswerWhoHasMoreThanItHas) {
  tell_blocks(1, 3);
  ask(msg::Replay{Seq(4), {}, 100'000});
  EXPECT_EQ(out.replies().size(), 1U) << "there is nothing more yet";
  out.clear();
  ask(msg::Replay{Seq(5), {}, 100'000});
  EXPECT_TRUE(out.replies().empty()) << "it would look as if the stream had been lost";
}

TEST_F(ClusterCoreTest, AStandbyRelaysHeartbeatsEvenOfWhoIsAhead) {
  tell_blocks(1, 1);
  core->on_published(msg::kHeartbeatTopic, msg::encoded(Beat{.applied = 5}.heartbeat()), now, out);
  EXPECT_EQ(published(msg::kHeartbeatTopic).size(), 1U);
}

TEST_F(ClusterCoreTest, ItTellsTheBrokersItKnowsThatItIsThereAndPublishesWhatTheySay) {
  tell_blocks(1, 1);
  pass(60);
  const auto frame = out.sends().at("tcp://broker-1").back();
  msg::FrameReader reader(frame);
  auto announce = msg::decode<msg::Announce>(reader.next()->body);
  while (!announce) announce = msg::decode<msg::Announce>(reader.next()->body);  // behind a replay
  EXPECT_EQ(msg::decode<msg::Heartbeat>(announce->beat.bytes)->instance, "broker-2");
  out.clear();
  ask(*announce);
  EXPECT_THAT(published(msg::kAnnounceTopic), ElementsAre(announce->beat.bytes));
  auto leading = *msg::decode<msg::Heartbeat>(announce->beat.bytes);
  leading.leader = msg::Leadership{};
  ask(msg::Announce{{msg::encoded(leading)}});
  ask(msg::Announce{{msg::encoded(Beat{}.heartbeat())}});
  ask(msg::Announce{{"nonsense"}});
  EXPECT_THAT(published(msg::kAnnounceTopic), IsEmpty()) << "who leads says so itself; only brokers are announced";
}

TEST_F(ClusterCoreTest, SilenceOfTheLeaderMakesAStandbyTakeOver) {
  tell_blocks(1, 3);
  pass(490);
  EXPECT_THAT(journal.wishes, IsEmpty());
  tell(LeaderSeen{2});
  pass(490);
  EXPECT_THAT(journal.wishes, IsEmpty()) << "there was a sign of life";
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
  for (std::uint64_t id = 1; id < 40; ++id) {  // whichever was the last
    frame.clear();
    msg::append_message(frame, msg::reply_header(id, reply.commit), reply);
    core->on_reply("tcp://broker-1", frame, now, out);
  }
  EXPECT_EQ(archive.rows.size(), 5U);
  pass(20);
  EXPECT_THAT(journal.wishes, ElementsAre(5)) << "it has been silent all the time";
}

TEST_F(ClusterCoreTest, ALeaderArchivesWhatIsCommittedAndNothingBefore) {
  tell_blocks(1, 3);
  tell(TakenOver{tail_at(3)});
  ASSERT_NE(core->leader(), nullptr);
  out.clear();
  core->on_published(msg::kHeartbeatTopic, msg::encoded(Beat{.applied = 3}.heartbeat()), now, out);
  pass(400);
  ASSERT_TRUE(journal.in_flight) << "the appointment of a writer";
  EXPECT_EQ(journal.in_flight->no, BlockNo(4));
  EXPECT_EQ(archive.rows.size(), 3U);
  EXPECT_THAT(published(msg::kBlockTopic), IsEmpty());
  tell(BlockCommitted{BlockNo(4)});
  EXPECT_EQ(archive.rows.size(), 4U);
  EXPECT_EQ(published(msg::kBlockTopic).size(), 1U);
  tell(BlockSeen{journal.in_flight->bytes});
  EXPECT_EQ(archive.rows.size(), 4U) << "its own, told by the watch";
}

TEST_F(ClusterCoreTest, ALeaderGrantsLeasesUpToItsProof) {
  tell_blocks(1, 3);
  tell(TakenOver{tail_at(3)});
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

TEST_F(ClusterCoreTest, WhoLosesTheLeadEnds) {
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

// Same numbers and seqs: only the hashes tell.
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

TEST_F(ClusterCoreTest, WhatAPeerGaveIsBelievedOnceTheJournalFollowsIt) {
  tell(BlockSeen{block(5)});  // blocks 1 to 4 have left it
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

// A gap whose peer is gone in the midst of it: what the journal had told beyond the bound is still there.
TEST_F(ClusterCoreTest, WhatItHadNoRoomToKeepIsToldAgain) {
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
  tell_blocks(6, 7);  // as the journal has them
  msg::ReplayReply reply;
  for (std::uint64_t no = 4; no <= 5; ++no) reply.blocks.push_back({block(no)});
  reply.commit = Seq(7);
  reply.trimmed = msg::Trimmed{Seq(4), "store-a"};
  base::Bytes frame;
  msg::append_message(frame, msg::reply_header(1, reply.commit), reply);
  core->on_reply("tcp://broker-1", frame, now, out);
  ASSERT_EQ(archive.rows.size(), 4U);
  EXPECT_EQ(archive.rows.front().no, BlockNo(4));
  EXPECT_EQ(archive.kept, "store-a") << "the block that names the store is not there";
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
  EXPECT_EQ(journal.joins, 1) << "its archive is of the history that it begins";
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
    core->on_published(msg::kHeartbeatTopic, msg::encoded(beat.heartbeat()), now, out);
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
