// Reading blocks from a file, also from one that is damaged, and removing them.
#include "broker/block_rows.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/damage.h"
#include "tests/support/directory.h"

namespace broker {
namespace {

std::filesystem::path file_of_100_rows(const support::Directory& directory) {
  const auto file = directory / "blocks.db";
  SQLite::Database database(file, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(
      "CREATE TABLE blocks (no INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, bytes BLOB NOT "
      "NULL); CREATE UNIQUE INDEX blocks_by_last ON blocks (last)");
  InsertRow row(database);
  for (std::uint64_t no = 1; no <= 100; ++no) {
    row.insert(base::BlockNo(no), base::Seq(no), base::Seq(no), base::Bytes(2000, 'b'));
  }
  return file;
}

std::filesystem::path damaged_at_its_end(const support::Directory& directory) {
  const auto file = file_of_100_rows(directory);
  const auto size = std::filesystem::file_size(file);
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary)
      .seekp(static_cast<std::streamoff>(size - 4096))
      .write(std::string(4096, '\xee').data(), 4096);
  return file;
}

TEST(Rows, EndsWhereItIsAskedTo) {
  const support::Directory directory;
  Rows rows(damaged_at_its_end(directory));
  EXPECT_EQ(rows.read(base::Seq(1), base::Seq(3), 1 << 20)->size(), 3U);
}

TEST(Rows, AReadThatFailedDoesNotSpoilTheNext) {
  const support::Directory directory;
  Rows rows(damaged_at_its_end(directory));
  EXPECT_FALSE(rows.read(base::Seq(100), base::Seq(100), 1));
  EXPECT_EQ(rows.read(base::Seq(1), base::Seq(3), 1)->size(), 1U);
  EXPECT_EQ(rows.read(base::Seq(2), base::Seq(3), 1)->size(), 1U);
}

TEST(Rows, AReadEndsBeforeABlockThatCannotBeRead) {
  const support::Directory directory;
  Rows rows(damaged_at_its_end(directory));
  const auto sound = rows.read(base::Seq(1), base::Seq(100), 1 << 20);
  ASSERT_TRUE(sound) << sound.error().message;
  EXPECT_GT(sound->size(), 90U);
  EXPECT_FALSE(rows.read(base::Seq(sound->size() + 1), base::Seq(100), 1 << 20));
}

TEST(TrimRows, BlocksThatCannotBeReadStay) {
  const support::Directory directory;
  const auto file = file_of_100_rows(directory);
  support::overwrite_page_with(file, base::Bytes(2000, 'b'));
  SQLite::Database database(file, SQLite::OPEN_READWRITE);
  TrimRows trim(database);
  trim.to(base::Seq(50));
  trim.step();
  EXPECT_FALSE(trim.due());
  InsertRow(database).insert(base::BlockNo(101), base::Seq(101), base::Seq(101), "b");
}

TEST(TrimRows, AStepThatFailedDoesNotSpoilTheNext) {
  const support::Directory directory;
  SQLite::Database database(file_of_100_rows(directory), SQLite::OPEN_READWRITE);
  TrimRows trim(database);
  trim.to(base::Seq(50));
  {
    SQLite::Database other(database.getFilename(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    EXPECT_THROW(trim.step(), SQLite::Exception) << "another connection writes";
  }
  trim.step();
  EXPECT_EQ(database.execAndGet("SELECT min(no) FROM blocks").getInt(), 50);
}

}  // namespace
}  // namespace broker
