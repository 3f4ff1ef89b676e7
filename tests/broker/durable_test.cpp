// A journal or an archive after a failed sync of an earlier process: after a power cut it has everything that was told
// as durable since.
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sqlite3.h>

#include <memory>
#include <thread>

#include "broker/block_rows.h"
#include "broker/journal_file.h"
#include "broker/sqlite_archive.h"
#include "broker/sqlite_journal.h"
#include "tests/broker/driver.h"
#include "tests/support/directory.h"
#include "tests/support/medium.h"

namespace broker {
namespace {

using base::BlockNo;

class DurableFilesTest : public testing::Test {
 protected:
  // The next block, large enough for several pages.
  Commit next() {
    msg::Block block;
    block.no = no_.next();
    block.first = Seq(block.no.value());
    block.count = 1;
    block.prev.bytes = hash_;
    block.events.bytes = voided(std::string(9'000, 'k'));
    auto bytes = msg::encode_block(block);
    no_ = block.no;
    hash_ = block.hash.bytes;
    return {block.no, block.first, block.last(), std::move(bytes), {}};
  }
  void commit(SqliteJournal& journal, int blocks) {
    for (int i = 0; i < blocks; ++i) {
      journal.commit(next());
      pollfd readable{journal.fd(), POLLIN, 0};
      ASSERT_EQ(::poll(&readable, 1, 10'000), 1) << "no commit was told";
      ASSERT_EQ(journal.completed(), no_);
    }
  }
  void commit(SQLite::Database& database) {
    InsertRow insert(database);
    const auto block = next();
    SQLite::Transaction transaction(database);
    insert.insert(block.no, block.first, block.last, block.bytes);
    transaction.commit();
  }
  // A process whose second block is written and whose sync fails. The process ends at once.
  void fail_to_commit(const std::string& name) {
    auto database = open_journal(directory_ / name);
    commit(database);
    medium_.fail_next_sync(name + "-wal");
    EXPECT_THROW(commit(database), SQLite::Exception);
    sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }
  std::string after_a_power_cut(const std::string& name) {
    const std::filesystem::path to = directory_ / "cut";
    std::filesystem::remove_all(to);
    medium_.power_cut(directory_.string(), to);
    return to / name;
  }

  support::Directory directory_;
  support::Medium medium_;
  BlockNo no_;
  msg::Hash hash_ = msg::no_hash();
};

TEST_F(DurableFilesTest, AfterASyncThatFailedARestartAndAPowerCutTheJournalHasAllThatWasTold) {
  const std::string file = directory_ / "journal.db";
  {
    SqliteJournal journal(file);
    commit(journal, 3);
  }
  fail_to_commit("journal.db");
  {
    SqliteJournal journal(file);
    ASSERT_EQ(journal.tail().block, no_) << "the page cache has the whole block";
    commit(journal, 3);
    EXPECT_EQ(SqliteJournal(after_a_power_cut("journal.db")).tail().block, no_);
  }
}

TEST_F(DurableFilesTest, TheTailOfAnArchiveIsNotCalledDurableBeforeItIs) {
  fail_to_commit("archive.db");
  const SqliteArchive archive(directory_ / "archive.db");
  ASSERT_EQ(archive.claim().block, no_);
  EXPECT_EQ(SqliteArchive(after_a_power_cut("archive.db")).claim().block, no_);
}

TEST_F(DurableFilesTest, EachBlockIsSyncedBeforeItIsTold) {
  SqliteJournal journal(directory_ / "journal.db");
  for (int i = 0; i < 5; ++i) {
    const int before = medium_.syncs("journal.db-wal");
    commit(journal, 1);
    EXPECT_GT(medium_.syncs("journal.db-wal"), before);
    EXPECT_EQ(SqliteJournal(after_a_power_cut("journal.db")).tail().block, no_);
  }
}

TEST_F(DurableFilesTest, ACheckpointWhoseSyncFailsEndsTheProcess) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto run = [&] {
    SqliteJournal journal(directory_ / "journal.db");
    medium_.fail_next_sync("journal.db");
    commit(journal, 1000);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(SqliteJournal::kExitDurability), "the sync of a checkpoint failed");
}

TEST_F(DurableFilesTest, ACheckpointWithoutRoomIsCounted) {
  SqliteJournal journal(directory_ / "journal.db");
  medium_.fail_writes("journal.db", ENOSPC);
  commit(journal, kCheckpointPages / 2);  // of several pages each
  while (journal.checkpoints_failed() == 0) std::this_thread::yield();
  EXPECT_EQ(SqliteJournal(after_a_power_cut("journal.db")).tail().block, no_);
}

TEST_F(DurableFilesTest, AJournalSyncsEveryCommit) {
  auto database = open_journal(directory_ / "journal.db");
  EXPECT_EQ(database.execAndGet("PRAGMA journal_mode").getString(), "wal");
  EXPECT_EQ(database.execAndGet("PRAGMA synchronous").getInt(), 2) << "FULL";
  EXPECT_GE(medium_.syncs(std::filesystem::path(directory_.string()).filename()), 1) << "the file's name is durable";
}

TEST_F(DurableFilesTest, AJournalThatCannotBeSyncedIsNotOpened) {
  fail_to_commit("journal.db");
  medium_.fail_next_sync("journal.db-wal");
  EXPECT_THROW(SqliteJournal(directory_ / "journal.db"), std::runtime_error);
}

}  // namespace
}  // namespace broker
