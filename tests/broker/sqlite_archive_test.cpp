// A cluster broker's copy of the stream, on a real disk.
#include "broker/sqlite_archive.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>

#include <thread>

#include "broker/sqlite_journal.h"
#include "tests/broker/driver.h"
#include "tests/support/damage.h"
#include "tests/support/directory.h"

namespace broker {
namespace {

using base::BlockNo;

class SqliteArchiveTest : public testing::Test {
 protected:
  SqliteArchiveTest() { open(); }
  void open() {
    archive_.reset();
    archive_ = std::make_unique<SqliteArchive>(file_);
  }
  void append(std::uint64_t blocks) {
    for (std::uint64_t i = 0; i < blocks; ++i) {
      msg::Block block;
      block.no = no_.next();
      block.first = Seq(block.no.value());
      block.count = 1;
      block.epoch = Epoch(2);
      block.prev.bytes = hash_;
      block.events.bytes = voided("key");
      auto bytes = msg::encode_block(block);
      no_ = block.no;
      hash_ = block.hash.bytes;
      archive_->append(block.no, block.first, block.last(), std::move(bytes));
    }
  }

  support::Directory directory_;
  const std::filesystem::path file_{directory_ / "archive.db"};
  std::unique_ptr<SqliteArchive> archive_;
  BlockNo no_;
  msg::Hash hash_ = msg::no_hash();
};

TEST_F(SqliteArchiveTest, WaitingBlocksAreWrittenBeforeItIsClosed) {
  append(500);
  open();
  EXPECT_EQ(archive_->claim().block, BlockNo(500));
  EXPECT_EQ(archive_->tail().block, BlockNo(500));
  EXPECT_EQ(archive_->tail().hash, hash_);
  append(1);
  open();
  EXPECT_EQ(archive_->tail().last, Seq(501));
}

TEST_F(SqliteArchiveTest, DurableBlocksCanBeRead) {
  append(10);
  while (archive_->claim().block < BlockNo(10)) std::this_thread::yield();
  EXPECT_EQ(archive_->read(Seq(4), Seq(6), 100'000)->size(), 3U);
  EXPECT_EQ(archive_->read(Seq(4), Seq(6), 1)->size(), 1U);
  EXPECT_TRUE(archive_->read(Seq(11), Seq(20), 100'000)->empty());
}

TEST_F(SqliteArchiveTest, TrimmedBlocksGoAndTheStoreIsStillKnown) {
  archive_->keep_store("store-a");
  append(500);
  archive_->trim(Seq(400));
  append(10);
  while (archive_->claim().block < BlockNo(510)) std::this_thread::yield();
  while (!archive_->read(Seq(399), Seq(399), 1)->empty()) std::this_thread::yield();
  open();
  EXPECT_EQ(archive_->tail().begins, Seq(400));
  EXPECT_EQ(archive_->tail().control.store, "store-a");
  EXPECT_EQ(archive_->tail().block, BlockNo(510));
}

TEST_F(SqliteArchiveTest, AClaimNamesTheLastDurableBlockAndTheArchive) {
  EXPECT_EQ(archive_->claim().block, BlockNo());
  append(500);
  while (archive_->claim().block < BlockNo(500)) std::this_thread::yield();
  EXPECT_EQ(archive_->claim().hash, hash_);
  const auto disk = archive_->claim().disk;
  EXPECT_FALSE(disk.empty());
  open();
  EXPECT_EQ(archive_->claim().block, BlockNo(500));
  EXPECT_EQ(archive_->claim().hash, hash_);
  EXPECT_EQ(archive_->claim().disk, disk);
  archive_.reset();
  std::filesystem::remove(file_);
  open();
  EXPECT_NE(archive_->claim().disk, disk) << "a new archive has a new id";
}

TEST_F(SqliteArchiveTest, DamageIsRefused) {
  append(5);
  archive_.reset();
  SQLite::Database(file_.string(), SQLite::OPEN_READWRITE).exec("DELETE FROM blocks WHERE no = 4");
  EXPECT_THROW(open(), std::runtime_error);
}

TEST_F(SqliteArchiveTest, AnOldBlockThatCannotBeReadIsAnErrorAndTheArchiveContinues) {
  append(300);
  open();
  const auto first = archive_->read(Seq(1), Seq(1), 1)->at(0);
  archive_.reset();
  support::overwrite_page_with(file_, first);
  open();
  const auto read = archive_->read(Seq(1), Seq(1), 1);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, testing::HasSubstr("malformed")) << "the text of SQLite";
  EXPECT_EQ(archive_->read(Seq(299), Seq(300), 1 << 20)->size(), 2U);
  append(1);
  open();
  EXPECT_EQ(archive_->tail().last, Seq(301));
}

TEST_F(SqliteArchiveTest, AnEmbeddedJournalsFileIsNotTakenForOneOfACluster) {
  append(3);
  archive_.reset();
  EXPECT_THROW(SqliteJournal{file_}, std::runtime_error) << "an archive has no control record";
}

}  // namespace
}  // namespace broker
