// Files of an earlier process are brought to the medium, although the page cache counts them as written.
#include "disk/durable.h"

#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/directory.h"
#include "tests/support/medium.h"

namespace disk {
namespace {

using testing::HasSubstr;

class DurableTest : public testing::Test {
 protected:
  // An earlier process writes the file, and its sync fails.
  void leave(const std::string& name) {
    medium.fail_next_sync(name);
    const int fd = ::open((directory / name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    EXPECT_EQ(::pwrite(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    EXPECT_NE(::fsync(fd), 0);
    EXPECT_EQ(::fsync(fd), 0) << "the pages count as written";
    ::close(fd);
  }
  std::string after_a_power_cut(const std::string& name) {
    const std::string to = directory / "cut";
    std::filesystem::remove_all(to);
    medium.power_cut(directory.string(), to);
    std::ifstream file(std::filesystem::path(to) / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string why_not(const std::string& name) {
    try {
      write_again(directory / name);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "the file was written";
  }

  support::Directory directory;
  support::Medium medium;
  const std::string bytes = std::string(3'000'000, 'a') + "end";
};

TEST_F(DurableTest, ASyncAloneDoesNotBringBackWhatASyncLost) {
  leave("file");
  sync(directory / "file");
  EXPECT_NE(after_a_power_cut("file"), bytes);
}

TEST_F(DurableTest, AWholeFileReplacesTheOldOneAndIsSyncedIfThatIsAsked) {
  write_whole(directory / "file", "old", false);
  EXPECT_EQ(medium.syncs("file.new"), 0);
  write_whole(directory / "file", bytes, true);
  EXPECT_EQ(medium.syncs("file.new"), 1);
  EXPECT_EQ(medium.syncs(std::filesystem::path(directory.string()).filename()), 2) << "with the new name and the old";
  std::ifstream file(directory / "file");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), bytes);
  EXPECT_FALSE(std::filesystem::exists(directory / "file.new"));
}

TEST_F(DurableTest, AFileThatCannotBeWrittenIsNamed) {
  try {
    write_whole(directory / "no/file", "text", true);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no/file.new cannot be written: No such file"));
  }
}

TEST_F(DurableTest, AFileThatIsWrittenAgainIsOnTheMedium) {
  leave("file");
  write_again(directory / "file");
  EXPECT_EQ(after_a_power_cut("file"), bytes);
}

TEST_F(DurableTest, AWriteThatTakesOnlyAPartGoesOnWhereItEnded) {
  leave("file");
  medium.shorten_writes("file", 1000);
  write_again(directory / "file");
  EXPECT_EQ(after_a_power_cut("file"), bytes);
}

TEST_F(DurableTest, OfADatabaseTheLogIsWrittenAgainAndTheFileAndTheDirectoryAreSynced) {
  std::ofstream(directory / "some.db") << "database";
  leave("some.db-wal");
  write_database_again(directory / "some.db");
  EXPECT_EQ(after_a_power_cut("some.db-wal"), bytes);
  EXPECT_EQ(medium.syncs("some.db"), 1);
  EXPECT_EQ(medium.syncs(std::filesystem::path(directory.string()).filename()), 1);
}

TEST_F(DurableTest, ADatabaseThatIsNotThereIsNone) {
  EXPECT_NO_THROW(write_database_again(directory / "some.db"));
  EXPECT_EQ(medium.syncs(std::filesystem::path(directory.string()).filename()), 0);
}

// --- a log that is long from the beginning ---

class LongLogTest : public DurableTest {
 protected:
  static constexpr std::size_t kBytes = 1'000'000;

  LongLogTest() {
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("CREATE TABLE rows(bytes BLOB)");
  }
  void commit() { database.exec("INSERT INTO rows VALUES(zeroblob(4000))"); }
  std::uintmax_t log_bytes() const { return std::filesystem::file_size(directory / "some.db-wal"); }

  SQLite::Database database{directory / "some.db", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
};

TEST_F(LongLogTest, CommitsWriteOverItsZeros) {
  commit();
  lengthen_log(directory / "some.db", kBytes);
  EXPECT_EQ(log_bytes(), kBytes);
  commit();
  EXPECT_EQ(log_bytes(), kBytes);
  medium.power_cut(directory.string(), directory / "cut");
  SQLite::Database after(directory / "cut/some.db", SQLite::OPEN_READWRITE);
  EXPECT_EQ(after.execAndGet("SELECT count(*) FROM rows").getInt(), 2);
}

TEST_F(LongLogTest, OneThatIsLongerStaysAsItIs) {
  commit();
  const auto before = log_bytes();
  lengthen_log(directory / "some.db", 100);
  EXPECT_EQ(log_bytes(), before);
  EXPECT_NO_THROW(lengthen_log(directory / "other.db", kBytes)) << "it has no log";
}

TEST_F(LongLogTest, WithoutRoomItStaysShort) {
  commit();
  const auto before = log_bytes();
  medium.fail_writes("some.db-wal", ENOSPC);
  EXPECT_NO_THROW(lengthen_log(directory / "some.db", kBytes));
  EXPECT_EQ(log_bytes(), before);
}

TEST_F(LongLogTest, OneThatCannotBeSyncedIsNotUsed) {
  medium.fail_next_sync("some.db-wal");
  EXPECT_THROW(lengthen_log(directory / "some.db", kBytes), std::runtime_error);
}

// --- the error paths ---

TEST_F(DurableTest, AFileThatCannotBeWrittenOrSyncedIsAnErrorWithItsName) {
  EXPECT_THAT(why_not("file"), HasSubstr("file cannot be opened: No such file"));
  leave("file");
  medium.fail_next_sync("file");
  EXPECT_THAT(why_not("file"), HasSubstr("file cannot be synced: Input/output error"));
  medium.fail_writes("file", ENOSPC);
  EXPECT_THAT(why_not("file"), HasSubstr("file cannot be written: No space"));
}

// Linux says EINVAL of what has no sync at all, such as /proc and /dev/null.
TEST_F(DurableTest, OnlyADirectoryMayHaveNoSync) {
  EXPECT_NO_THROW(sync("/proc"));
  EXPECT_THROW(sync("/dev/null"), std::runtime_error);
}

TEST_F(DurableTest, ADirectoryThatCannotBeSyncedIsAnError) {
  medium.fail_next_sync(std::filesystem::path(directory.string()).filename());
  EXPECT_THROW(sync(directory.string()), std::runtime_error);
}

}  // namespace
}  // namespace disk
