// The owner of a file notices that the file, or the log beside it, was removed or replaced.
#include "disk/in_place.h"

#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>

#include "tests/support/directory.h"

namespace disk {
namespace {

using testing::HasSubstr;
namespace fs = std::filesystem;

class InPlaceTest : public testing::Test {
 protected:
  InPlaceTest() : path(directory / "a.db"), database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE) {
    database.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (i INTEGER)");
  }
  std::string fault_of(const InPlace& in_place) { return in_place.fault().value_or("none"); }

  support::Directory directory;
  const std::string path;
  SQLite::Database database;
};

TEST_F(InPlaceTest, ADatabaseThatIsWrittenAndCheckpointedStaysInItsPlace) {
  const InPlace in_place(path);
  database.exec("INSERT INTO t VALUES (1)");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.exec("INSERT INTO t VALUES (2)");
  EXPECT_EQ(fault_of(in_place), "none");
}

TEST_F(InPlaceTest, ARemovedFileIsNoticed) {
  for (const auto* end : {"", "-wal", "-shm"}) {
    const InPlace in_place(path);
    fs::rename(path + end, path + ".aside");
    EXPECT_THAT(fault_of(in_place), HasSubstr(path + end + ": No such file"));
    fs::rename(path + ".aside", path + end);
    EXPECT_EQ(fault_of(in_place), "none") << "moved back";
  }
}

TEST_F(InPlaceTest, AReplacedFileIsNoticed) {
  for (const auto* end : {"", "-wal"}) {
    const InPlace in_place(path);
    fs::copy_file(path + end, path + ".copy");
    fs::rename(path + ".copy", path + end);
    EXPECT_THAT(fault_of(in_place), HasSubstr(path + end + ": another file is in its place"));
  }
}

TEST_F(InPlaceTest, ARemovedDirectoryIsNoticed) {
  const InPlace in_place(path);
  fs::rename(directory.string(), directory.string() + ".aside");
  EXPECT_THAT(fault_of(in_place), HasSubstr(path + ": No such file"));
  fs::rename(directory.string() + ".aside", directory.string());
}

}  // namespace
}  // namespace disk
