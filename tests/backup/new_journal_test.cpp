// A journal made of a backup's blocks is the one that the broker had.
#include "backup/new_journal.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "broker/sqlite_archive.h"
#include "broker/sqlite_journal.h"
#include "tests/support/blocks.h"
#include "tests/support/directory.h"

namespace backup {
namespace {

class NewJournalTest : public ::testing::Test {
 protected:
  Ending restore(std::size_t blocks) {
    NewJournal journal(file_);
    for (std::size_t number = 1; number <= blocks; ++number) {
      const auto block = msg::decode_block(stream_[number]).value();
      auto seq = block.first;
      const auto events = msg::decode_events(block.events.bytes, block.count).value();
      for (const auto& event : events) {
        journal.event(event, seq);
        seq = seq.next();
      }
      journal.block(block, stream_[number]);
    }
    return journal.finish();
  }
  static msg::Event joined(const std::string& holder) { return {1, msg::HolderJoined{holder, base::Incarnation(7)}}; }
  static msg::Event left(const std::string& holder) { return {1, msg::HolderLeft{holder, base::Incarnation(7)}}; }

  const support::Directory directory_;
  const std::string file_ = directory_ / "journal.db";
  support::Stream stream_;
};

TEST_F(NewJournalTest, ABrokerGoesOnWhereItEnds) {
  stream_.block({support::appointed("order-1", 5)});
  stream_.block({support::item_added(1), support::stock_moved(1, -2, 3)});
  stream_.block({support::stock_moved(1, -1, 2)});
  restore(3);
  broker::SqliteJournal journal(file_);
  const auto tail = journal.tail();
  EXPECT_EQ(tail.block, base::BlockNo(3));
  EXPECT_EQ(tail.last, base::Seq(4));
  EXPECT_EQ(tail.hash, msg::decode_block(stream_[3])->hash.bytes);
  EXPECT_EQ(tail.term, base::Term(2)) << "greater than that of any block";
  EXPECT_THAT(journal.read(base::Seq(1), base::Seq(4), 1 << 20).value(),
              ::testing::ElementsAre(stream_[1], stream_[2], stream_[3]));
}

TEST_F(NewJournalTest, TheControlRecordIsThatOfItsEvents) {
  stream_.block({joined("edge-1"), joined("edge-2"), support::appointed("order-1", 5)});
  stream_.block({support::appointed("order-2", 6), left("edge-1")});
  restore(stream_.size());
  const auto control = broker::SqliteJournal(file_).tail().control;
  EXPECT_EQ(control.store, "store-a");
  EXPECT_EQ(control.epoch, base::Epoch(5));
  EXPECT_EQ(control.writer, "order-2");
  EXPECT_EQ(control.writer_incarnation, base::Incarnation(6));
  EXPECT_THAT(control.holders, ::testing::ElementsAre(msg::Holder{"edge-2", base::Incarnation(7)}));
}

TEST_F(NewJournalTest, ItIsAnArchiveTooAndTellsWhatBelongsIntoEtcd) {
  stream_.block({support::appointed("order-1", 5)});
  stream_.block({support::item_added(1)});
  const auto ending = restore(3);
  EXPECT_EQ(broker::SqliteArchive(file_).tail().hash, msg::decode_block(stream_[3])->hash.bytes);
  EXPECT_EQ(ending.last.no, base::BlockNo(3));
  EXPECT_EQ(ending.last.last, base::Seq(3));
  EXPECT_EQ(ending.last.bytes, stream_[3]);
  EXPECT_EQ(ending.last.control->writer, "order-1") << "also if another block has said so";
  EXPECT_EQ(ending.term, base::Term(1));
}

TEST_F(NewJournalTest, FinishedItIsClosedAndAloneIsTheWholeJournal) {
  NewJournal journal(file_);
  journal.block(msg::decode_block(stream_[1]).value(), stream_[1]);
  EXPECT_TRUE(std::filesystem::exists(file_ + "-wal"));
  journal.finish();
  EXPECT_FALSE(std::filesystem::exists(file_ + "-wal"));
}

TEST_F(NewJournalTest, ADamagedBlockIsNoticedBeforeItIsFinished) {
  NewJournal journal(file_);
  auto bytes = stream_[1];
  bytes.back() ^= 1;
  journal.block(msg::decode_block(stream_[1]).value(), bytes);
  EXPECT_THROW(journal.finish(), std::runtime_error);
}

// The write-ahead log has what one transaction holds.
TEST_F(NewJournalTest, EachSixteenMegabytesAreATransaction) {
  constexpr std::size_t kBytes = 16 * 1024 * 1024;
  NewJournal journal(file_);
  std::uint64_t blocks = 0;
  const auto committed_after = [&](std::size_t bytes) {
    msg::Block block{.no = base::BlockNo(++blocks), .first = base::Seq(blocks), .count = 1};
    journal.block(block, base::Bytes(bytes, 'x'));
    return SQLite::Database(file_).execAndGet("SELECT count(*) FROM blocks").getInt();
  };
  EXPECT_EQ(committed_after(kBytes - 1), 0);
  EXPECT_EQ(committed_after(1), 2);
  EXPECT_EQ(committed_after(kBytes - 1), 2);
  EXPECT_EQ(committed_after(1), 4);
}

TEST_F(NewJournalTest, AnUnfinishedFileIsNotAJournal) {
  {
    NewJournal journal(file_);
    journal.event({1, msg::StoreCreated{"store-a"}}, base::Seq(1));
    journal.block(msg::decode_block(stream_[1]).value(), stream_[1]);
  }
  EXPECT_EQ(broker::SqliteJournal(file_).tail().block, base::BlockNo(0));
}

TEST_F(NewJournalTest, AFileThatIsThereIsLeftAlone) {
  restore(1);
  EXPECT_THROW(restore(1), std::runtime_error);
  EXPECT_EQ(broker::SqliteJournal(file_).tail().block, base::BlockNo(1));
}

}  // namespace
}  // namespace backup
