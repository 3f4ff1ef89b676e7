// Checkpoints move the log into the file, and their failures are noticed.
#include "disk/checkpoints.h"

#include <SQLiteCpp/Transaction.h>
#include <gtest/gtest.h>

#include <optional>

#include "tests/support/directory.h"
#include "tests/support/medium.h"

namespace disk {
namespace {

class CheckpointsTest : public testing::Test {
 protected:
  static constexpr int kPages = 20;

  CheckpointsTest() { open(); }
  void open() {
    database.emplace(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database->exec("PRAGMA journal_mode = WAL");
    database->exec("PRAGMA synchronous = FULL");
    database->exec("CREATE TABLE IF NOT EXISTS rows(bytes BLOB)");
    checkpoints.emplace(*database, kPages);
    synced_before = medium.syncs("some.db");
  }
  void close() {
    checkpoints.reset();
    database.reset();
  }
  void commit(int rows) {
    SQLite::Transaction transaction(*database);
    for (int i = 0; i < rows; ++i) database->exec("INSERT INTO rows VALUES(zeroblob(4000))");
    transaction.commit();
  }
  void commit_and_wait(int rows) {
    commit(rows);
    checkpoints->wait();
  }
  // Holds each round of the thread's checkpoint until a commit of `rows` has come.
  void fall_behind(int rows) {
    medium.hold_syncs("some.db");
    commit(kPages);
    for (int round = 0; round < 4; ++round) {
      medium.wait_for_sync();
      commit(rows);
      medium.let_sync();
    }
    medium.let_syncs();
    checkpoints->wait();
  }
  bool move_all() {
    checkpoints->begin();
    checkpoints->wait();
    return checkpoints->ended().value();
  }
  // Moves what is there; so only at the end of a test.
  int pages_moved_now() {
    SQLite::Database other(file, SQLite::OPEN_READWRITE);
    SQLite::Statement moved(other, "PRAGMA wal_checkpoint");
    moved.executeStep();
    return moved.getColumn(1).getInt();
  }
  int syncs() const { return medium.syncs("some.db") - synced_before; }
  int pages_in_log() const {  // each has a header of 24 bytes, and the log one of 32
    return static_cast<int>((std::filesystem::file_size(file + "-wal") - 32) / (4096 + 24));
  }
  std::uintmax_t file_size() const { return std::filesystem::file_size(file); }
  int rows_after_a_power_cut() {
    medium.power_cut(directory.string(), directory / "cut");
    return SQLite::Database(directory / "cut/some.db", SQLite::OPEN_READWRITE)
        .execAndGet("SELECT count(*) FROM rows")
        .getInt();
  }

  support::Directory directory;
  const std::string file = directory / "some.db";
  support::Medium medium;
  std::optional<SQLite::Database> database;
  std::optional<Checkpoints> checkpoints;
  int synced_before = 0;
};

TEST_F(CheckpointsTest, TheLogIsMovedOnceItIsLong) {
  commit(3);
  const auto before = file_size();
  commit(3);
  EXPECT_EQ(file_size(), before) << "not yet";
  commit_and_wait(kPages);
  EXPECT_GT(file_size(), before);
  EXPECT_EQ(syncs(), 1);
  EXPECT_EQ(checkpoints->failed(), 0);
}

TEST_F(CheckpointsTest, AllIsMovedWhenItIsAskedFor) {
  commit(3);
  EXPECT_TRUE(move_all());
  EXPECT_EQ(syncs(), 1);
}

TEST_F(CheckpointsTest, TheLogIsMovedFromExactlySoManyPagesOn) {
  commit(1);
  const auto change_a_page = [this] { database->exec("UPDATE rows SET bytes = randomblob(4000)"); };
  checkpoints.emplace(*database, pages_in_log() + 2);
  change_a_page();
  EXPECT_EQ(syncs(), 0) << "one page is missing";
  change_a_page();
  checkpoints->wait();
  EXPECT_EQ(syncs(), 1);
}

TEST_F(CheckpointsTest, CommitsGoOnWhileTheLogIsMoved) {
  medium.hold_syncs("some.db");
  commit(kPages);
  commit(kPages);
  EXPECT_EQ(syncs(), 0) << "the first checkpoint is not at its end";
  medium.let_syncs();
  checkpoints->wait();
  EXPECT_GT(syncs(), 0);
}

TEST_F(CheckpointsTest, ACheckpointThatHasEndedTellsOfEverythingBeforeItsBegin) {
  commit(3);
  medium.hold_syncs("some.db");
  checkpoints->begin();
  commit(3);
  EXPECT_FALSE(checkpoints->ended()) << "it is under way";
  medium.let_syncs();
  checkpoints->wait();
  EXPECT_EQ(checkpoints->ended(), true);
}

TEST_F(CheckpointsTest, TheLogBeginsAnewAfterACommitMeanwhile) {
  medium.hold_syncs("some.db");
  commit(kPages);
  medium.wait_for_sync();
  commit(3);
  medium.let_syncs();
  checkpoints->wait();
  commit(3);
  commit(1);
  EXPECT_LT(pages_moved_now(), kPages);
}

// Otherwise the log would grow for as long as commits come quickly.
TEST_F(CheckpointsTest, IfTheThreadFallsBehindTheNextCommitMovesTheRest) {
  fall_behind(1);
  const auto before = syncs();
  commit(3);
  EXPECT_EQ(syncs(), before + 1) << "in the commit itself";
  commit(3);
  EXPECT_LT(pages_moved_now(), kPages);
}

// The log starts over only in a transaction that begins after the checkpoint.
TEST_F(CheckpointsTest, IfATransactionWasOpenAtTheEndItsCommitMovesTheRest) {
  medium.hold_syncs("some.db");
  commit(kPages);
  medium.wait_for_sync();
  database->exec("BEGIN");
  database->exec("INSERT INTO rows VALUES(zeroblob(4000))");
  medium.let_syncs();
  checkpoints->wait();
  database->exec("COMMIT");
  commit(1);
  EXPECT_LT(pages_moved_now(), kPages);
}

// The caller's thread would have to move it.
TEST_F(CheckpointsTest, AShortLogIsNotMovedByACommit) {
  checkpoints.emplace(*database, kPages, 4 * kPages);
  fall_behind(1);
  const auto before = syncs();
  commit(3);
  EXPECT_EQ(syncs(), before);
}

// Each of them would want another checkpoint, so the thread would never be done.
TEST_F(CheckpointsTest, IfLongCommitsComeMeanwhileTheNextOneMovesTheRest) {
  fall_behind(kPages);
  const auto before = syncs();
  commit(3);
  EXPECT_EQ(syncs(), before + 1) << "in the commit itself";
}

TEST_F(CheckpointsTest, AfterItsEndTheLogIsNotMoved) {
  checkpoints.reset();
  commit(2 * kPages);
  EXPECT_EQ(syncs(), 0);
}

TEST_F(CheckpointsTest, AReaderKeepsItFromBeingAll) {
  commit(3);
  SQLite::Database reader(file);
  reader.exec("BEGIN");
  reader.execAndGet("SELECT count(*) FROM rows");
  commit(3);
  EXPECT_FALSE(move_all()) << "rows after the reader's begin are only in the log";
  reader.exec("COMMIT");
  EXPECT_TRUE(move_all());
  EXPECT_EQ(checkpoints->failed(), 0);
}

TEST_F(CheckpointsTest, WithoutRoomItIsCountedAndTheCommitHolds) {
  medium.fail_writes("some.db", ENOSPC);
  EXPECT_NO_THROW(commit_and_wait(2 * kPages));
  EXPECT_FALSE(move_all());
  EXPECT_EQ(checkpoints->failed(), 2);
  EXPECT_EQ(rows_after_a_power_cut(), 2 * kPages);
  medium.fail_writes("some.db", 0);
  EXPECT_TRUE(move_all());
}

TEST_F(CheckpointsTest, AfterASyncThatFailedTheNextCommitFailsAndTheLogStays) {
  medium.fail_next_sync("some.db");
  commit_and_wait(2 * kPages);
  EXPECT_EQ(checkpoints->failed(), 1);
  EXPECT_THROW(commit(1), SQLite::Exception);
  close();
  EXPECT_TRUE(std::filesystem::exists(file + "-wal")) << "a checkpoint at the end would trust the next sync";
  EXPECT_GE(rows_after_a_power_cut(), 2 * kPages) << "the log has the rows that the file lacks";
}

TEST_F(CheckpointsTest, AfterASyncThatFailedNothingIsCalledMoved) {
  commit(3);
  medium.fail_next_sync("some.db-wal");
  EXPECT_THROW(move_all(), SQLite::Exception);
}

TEST_F(CheckpointsTest, AFileWhoseSyncFailedIsWrittenAgainByTheNextProcess) {
  commit(3);
  medium.fail_next_sync("some.db");
  EXPECT_THROW(move_all(), SQLite::Exception);
  close();
  open();
  EXPECT_TRUE(move_all());
  close();  // the log is removed
  EXPECT_FALSE(std::filesystem::exists(file + "-wal"));
  EXPECT_EQ(rows_after_a_power_cut(), 3);
}

}  // namespace
}  // namespace disk
