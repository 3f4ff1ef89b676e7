// The journals of the simulation: they promise the same as SqliteJournal and the etcd journal.
#include <gtest/gtest.h>
#include <algorithm>

#include <memory>
#include <stdexcept>

#include "msg/codec.h"
#include "tests/sim/local_journal.h"
#include "tests/sim/shared_journal.h"

namespace sim {
namespace {

using base::BlockNo;
using base::Seq;
using base::Term;

class JournalTest : public testing::Test {
 protected:
  // A block of one event that follows the last one.
  broker::Commit next() {
    msg::Block block;
    block.no = BlockNo(disk.rows.size() + 1);
    block.first = disk.last().next();
    block.count = 1;
    block.prev.bytes = disk.rows.empty() ? msg::no_hash() : msg::decode_block(disk.rows.back().bytes)->hash.bytes;
    msg::encode(msg::Event{1000, msg::KeyVoided{"k"}}, block.events.bytes);
    auto bytes = msg::encode_block(block);
    return {block.no, block.first, block.first, std::move(bytes), {}};
  }
  Told told() {
    return {.committed = [this](BlockNo no) { committed = no; },
            .failed = [this](const std::string&) { failed = true; }};
  }
  std::unique_ptr<LocalJournal> open() { return std::make_unique<LocalJournal>(world, disk, told()); }
  std::unique_ptr<SharedJournal> open_shared(const std::string& name) { return open_shared(name, archive); }
  std::unique_ptr<SharedJournal> open_shared(const std::string& name, const MemoryArchive& its) {
    SharedJournal::Process process{.name = name,
                                   .clock = [this] { return base::Mono(world.now()); },
                                   .paused = [] { return false; },
                                   .later = [this](const auto& what) { world.after({}, what); }};
    return std::make_unique<SharedJournal>(world, disk, process, its,
                                           [this, name](broker::JournalEvent event) { on(name, std::move(event)); });
  }
  // Opens a journal that leads and has all blocks.
  std::unique_ptr<SharedJournal> open_leading(const std::string& name) {
    auto journal = open_shared(name);
    pass(10ms);
    journal->take_over(BlockNo(disk.rows.size()));
    pass(10ms);
    EXPECT_EQ(taken[name].size(), 1U);
    return journal;
  }
  void on(const std::string& name, broker::JournalEvent event) {
    if (const auto* done = std::get_if<broker::BlockCommitted>(&event)) committed = done->no;
    if (const auto* lead = std::get_if<broker::TakenOver>(&event)) taken[name].push_back(lead->tail);
    if (const auto* block = std::get_if<broker::BlockSeen>(&event)) told_blocks[name].push_back(block->bytes);
    if (std::holds_alternative<broker::NotTakenOver>(event)) ++not_taken;
    if (std::holds_alternative<broker::LeadLost>(event)) fenced = true;
    if (const auto* end = std::get_if<broker::JournalBroken>(&event)) broken[name] = end->reason;
  }
  void commit_and_archive(SharedJournal& journal, int blocks) {
    for (int i = 0; i < blocks; ++i) {
      const auto block = next();
      journal.commit(block);
      archive.append(block.no, block.first, block.last, block.bytes);
      pass();
    }
  }
  void pass(Duration time = 100ms) { world.run_until(world.now() + time); }
  // Commits this many blocks.
  void given(int blocks) {
    const auto journal = open();
    for (int i = 0; i < blocks; ++i) {
      journal->commit(next());
      pass();
    }
    committed = {};
  }
  // Commits one block and writes the next, whose sync fails.
  void fail_to_sync() {
    given(1);
    const auto journal = open();
    disk.sync_fails = true;
    journal->commit(next());
    pass();
    EXPECT_TRUE(failed);
  }
  void damage(std::size_t row) {
    disk.damage[row] = disk.rows[row].bytes;
    disk.damage[row][40] ^= 1;
  }

  World world{1};
  Disk disk;
  MemoryArchive archive{world};
  MemoryArchive other{world};  // of another broker
  std::map<std::string, std::vector<broker::Tail>> taken;
  std::map<std::string, std::vector<base::Bytes>> told_blocks;
  std::map<std::string, std::string> broken;
  int not_taken = 0;
  BlockNo committed;
  bool fenced = false;
  bool failed = false;
};

TEST_F(JournalTest, ABlockThatWasToldIsDurable) {
  auto journal = open();
  journal->commit(next());
  EXPECT_EQ(committed, BlockNo());
  pass();
  EXPECT_EQ(committed, BlockNo(1));
  journal.reset();
  EXPECT_EQ(disk.last(), Seq(1));
}

TEST_F(JournalTest, ABlockUnderWayInACrashMayOrMayNotBeDurableOrTorn) {
  int durable = 0;
  int torn = 0;
  for (int i = 0; i < 60; ++i) {
    const auto before = disk.rows.size();
    auto journal = open();
    journal->commit(next());
    journal.reset();
    pass();
    durable += disk.rows.size() > before ? 1 : 0;
    torn += disk.torn ? 1 : 0;
  }
  EXPECT_EQ(committed, BlockNo()) << "the callback came after the crash";
  EXPECT_GT(durable, 15);
  EXPECT_GT(torn, 5);
  EXPECT_LT(durable + torn, 55);
}

TEST_F(JournalTest, ATornTailIsDropped) {
  given(2);
  disk.torn = next().bytes.substr(0, 60);
  EXPECT_EQ(open()->tail().block, BlockNo(2));
  EXPECT_FALSE(disk.torn);
}

TEST_F(JournalTest, DamageNearTheEndIsRefusedAndNothingIsCutOff) {
  given(5);
  damage(4);
  EXPECT_THROW(open(), std::runtime_error);
  EXPECT_EQ(disk.rows.size(), 5U);
  disk.damage.clear();
  damage(2);
  EXPECT_THROW(open(), std::runtime_error);
}

TEST_F(JournalTest, DamageFurtherBackIsReadAsItIs) {
  given(70);
  damage(1);
  const auto blocks = open()->read(Seq(2), Seq(2), 1000).value();
  ASSERT_EQ(blocks.size(), 1U);
  EXPECT_FALSE(msg::decode_block(blocks.front()));
}

TEST_F(JournalTest, ACommitWaitsForRoomOnTheDisk) {
  auto journal = open();
  disk.full = true;
  journal->commit(next());
  pass();
  EXPECT_FALSE(failed);
  EXPECT_TRUE(journal->full());
  EXPECT_EQ(committed, BlockNo());
  disk.full = false;
  pass();
  EXPECT_FALSE(journal->full());
  EXPECT_EQ(committed, BlockNo(1));
}

TEST_F(JournalTest, AUsedUpQuotaEndsTheProcessAndDoesNotLetItBegin) {
  auto journal = open();
  disk.full = true;
  disk.full_is_told = false;
  journal->commit(next());
  pass();
  EXPECT_TRUE(failed);
  EXPECT_EQ(committed, BlockNo());
  EXPECT_EQ(disk.last(), Seq());
  EXPECT_THROW(open(), std::runtime_error);
}

TEST_F(JournalTest, AFailingSyncEndsTheProcess) {
  auto journal = open();
  disk.sync_fails = true;
  journal->commit(next());
  pass();
  EXPECT_TRUE(failed);
  EXPECT_EQ(committed, BlockNo());
}

TEST_F(JournalTest, ABlockWhoseSyncFailedIsNotDurableAndAPowerCutTakesIt) {
  fail_to_sync();
  EXPECT_EQ(disk.rows.size(), 2U) << "reads show the block";
  EXPECT_EQ(disk.durable(), 1U);
  disk.power_cut(world);
  EXPECT_EQ(open()->tail().block, BlockNo(1));
}

// Block and control record are written in one transaction.
TEST_F(JournalTest, APowerCutTakesTheControlRecordOfTheBlocksThatItTakes) {
  disk.control.writer = "order-1";
  auto block = next();
  block.control = disk.control;
  block.control->writer = "order-2";
  disk.append_unsynced(block);
  EXPECT_EQ(disk.control.writer, "order-2") << "reads show the record";
  disk.power_cut(world);
  EXPECT_EQ(disk.control.writer, "order-1");
}

TEST_F(JournalTest, ABlockWhoseSyncFailedIsWrittenAgainBeforeItIsTrusted) {
  fail_to_sync();
  EXPECT_EQ(open()->tail().block, BlockNo(2));
  EXPECT_EQ(disk.durable(), 2U);
  disk.power_cut(world);
  EXPECT_EQ(open()->tail().block, BlockNo(2));
}

TEST_F(JournalTest, AnArchiveThatDiesBeforeItHasSyncedMayShowWhatAPowerCutTakes) {
  int shown = 0;
  for (int i = 0; i < 40; ++i) {
    archive.wipe();
    const auto block = next();
    archive.append(block.no, block.first, block.last, block.bytes);
    archive.crash();
    if (i % 2 == 0) archive.power_cut();
    archive.open();
    if (i % 2 == 0) EXPECT_EQ(archive.durable(), BlockNo());
    shown += archive.durable() == block.no ? 1 : 0;
    archive.power_cut();
    EXPECT_EQ(archive.tail().block, archive.durable());
  }
  EXPECT_GT(shown, 3);
  EXPECT_LT(shown, 17);
}

TEST_F(JournalTest, ATrimGoesInStepsAndACrashLeavesTheRest) {
  given(8);
  Seq told;
  disk.trimming = [&](Seq begins) { told = begins; };
  auto journal = open();
  journal->trim(Seq(7));
  EXPECT_EQ(told, Seq(7)) << "checkers know at once";
  EXPECT_EQ(disk.begins, Seq(1));
  pass(199ms);
  journal.reset();
  pass();
  journal = open();
  EXPECT_EQ(journal->tail().begins, Seq(4));
  journal->trim(Seq(7));
  pass(201ms);
  EXPECT_EQ(msg::decode_block(journal->read(Seq(1), Seq(8), 10'000)->front())->first, Seq(7));
}

TEST_F(JournalTest, AnArchiveBeginsWhereItsPeersWasTrimmed) {
  given(3);
  const auto& block = disk.rows.back();
  archive.append(block.no, block.first, block.last, block.bytes);
  pass(400ms);
  archive.open();
  EXPECT_EQ(archive.tail().begins, Seq(3));
  EXPECT_EQ(archive.claim().block, BlockNo(3));
}

TEST_F(JournalTest, AGapIsABrokenPromise) {
  auto journal = open();
  auto block = next();
  block.no = BlockNo(2);
  journal->commit(block);
  EXPECT_TRUE(world.verdict());
}

TEST_F(JournalTest, TheTermRisesWithEveryOpening) {
  EXPECT_EQ(open()->tail().term, Term(1));
  EXPECT_EQ(open()->tail().term, Term(2));
}

TEST_F(JournalTest, TheTermRisesWithEveryTakeover) {
  const auto a = open_leading("a");
  const auto b = open_leading("b");
  EXPECT_EQ(taken["a"].front().term, Term(1));
  EXPECT_EQ(taken["b"].front().term, Term(2));
}

TEST_F(JournalTest, ATakeoverOfTheSharedJournalFencesTheOldLeader) {
  auto old = open_leading("a");
  disk.stalled_until = world.now() + 50ms;
  old->commit(next());
  disk.stalled_until = {};
  auto now = open_leading("b");  // before it lands
  pass();
  EXPECT_TRUE(fenced);
  EXPECT_EQ(committed, BlockNo());
  EXPECT_EQ(disk.last(), Seq());
}

TEST_F(JournalTest, AnIdleLeaderFindsOutToo) {
  auto old = open_leading("a");
  auto now = open_leading("b");
  pass(200ms);
  EXPECT_TRUE(fenced);
}

TEST_F(JournalTest, ABrokerThatHasNotHeardTheLatestSignOfLifeDoesNotTakeOver) {
  auto a = open_leading("a");
  auto b = open_shared("b");
  pass(10ms);
  disk.unreachable.insert("b");
  pass(300ms);
  disk.unreachable.clear();
  b->take_over(BlockNo());
  pass(3ms);
  EXPECT_EQ(not_taken, 1);
  EXPECT_TRUE(taken["b"].empty());
}

TEST_F(JournalTest, AStandbyIsToldOfEveryBlockInOrder) {
  auto a = open_leading("a");
  auto b = open_shared("b");
  for (int i = 0; i < 5; ++i) {
    a->commit(next());
    pass();
  }
  ASSERT_EQ(told_blocks["b"].size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(told_blocks["b"][i], disk.rows[i].bytes);
}

TEST_F(JournalTest, BlocksThatAMajorityHasArchivedLeaveTheJournalAndTheNewestStays) {
  auto a = open_leading("a");
  commit_and_archive(*a, 5);
  pass(2s);
  EXPECT_EQ(disk.kept_from, BlockNo(1)) << "the archive was not compared";
  a->joined();
  pass(2s);
  EXPECT_EQ(disk.kept_from, BlockNo(5));
}

TEST_F(JournalTest, NothingLeavesTheJournalForAnArchiveOfAnotherHistory) {
  auto a = open_leading("a");
  commit_and_archive(*a, 5);
  other.replace(0, 9);
  other.open();
  disk.archived["b"] = {other.claim(), ++disk.revision};
  a->joined();
  pass(2s);
  EXPECT_EQ(disk.kept_from, BlockNo(1));
  const auto b = open_shared("b", other);
  pass();
  EXPECT_NE(broken["b"], "") << "it is longer than the stream";
}

TEST_F(JournalTest, ABrokerWhoseNameIsTakenIsTold) {
  auto a = open_leading("a");
  commit_and_archive(*a, 5);
  a->joined();
  pass(1s);
  const auto b = open_shared("a", other);
  b->joined();
  pass(8s);
  EXPECT_EQ(broken["a"], SharedJournal::kNameTaken);
  EXPECT_EQ(disk.archived["a"].claim.disk, archive.claim().disk);
}

TEST_F(JournalTest, ABlockThatCouldNotBeKeptIsToldAgain) {
  auto a = open_leading("a");
  auto b = open_shared("b", other);
  commit_and_archive(*a, 5);
  ASSERT_EQ(told_blocks["b"].size(), 5U);
  b->tell_again(BlockNo(4));
  pass(300ms);
  const auto& told = told_blocks["b"];
  for (const std::size_t row : {3U, 4U}) {
    EXPECT_NE(std::find(told.begin() + 5, told.end(), disk.rows[row].bytes), told.end()) << "block " << row + 1;
  }
}

TEST_F(JournalTest, AnUnknownOutcomeIsResolvedBeforeAnythingElse) {
  auto journal = open_leading("a");
  disk.unsure = true;
  journal->commit(next());
  for (int i = 0; i < 20 && committed == BlockNo(); ++i) pass(SharedJournal::kDeadline);
  EXPECT_EQ(committed, BlockNo(1));
  EXPECT_EQ(disk.rows.size(), 1U);
}

TEST_F(JournalTest, ARequestOfADeadBrokerLands) {
  auto journal = open_leading("a");
  journal->commit(next());
  journal.reset();
  pass();
  EXPECT_EQ(disk.last(), Seq(1));
  EXPECT_EQ(committed, BlockNo());
}

TEST_F(JournalTest, LeadershipIsProvedAsOfTheRequest) {
  auto journal = open_leading("a");
  pass(1s);
  const auto before = base::Mono(world.now());
  EXPECT_GE(journal->proved(), before - 150ms);
  EXPECT_LT(journal->proved(), before);
  disk.unreachable.insert("a");
  pass(1s);
  EXPECT_LT(journal->proved(), before + 100ms);
}

}  // namespace
}  // namespace sim
