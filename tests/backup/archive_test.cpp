// An archive on a real disk, and all its error paths.
#include "backup/archive.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

#include "broker/sqlite_journal.h"
#include "tests/support/blocks.h"
#include "tests/support/directory.h"
#include "tests/support/medium.h"

namespace backup {
namespace {

using Mode = Archive::Mode;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ArchiveTest : public ::testing::Test {
 protected:
  ArchiveTest() {
    for (int i = 0; i < 9; ++i) stream_.block({support::voided("a" + std::to_string(i)), support::voided("b")});
  }
  // The blocks first..last of the stream, in one go.
  base::Result<void> append(std::size_t first, std::size_t last) {
    std::vector<base::BytesView> blocks;
    for (auto number = first; number <= last; ++number) blocks.push_back(stream_[number]);
    return Archive(file_, Mode::kAppend).append(blocks);
  }
  std::string why_not(std::size_t first, std::size_t last) {
    const auto appended = append(first, last);
    return appended ? "it was taken" : appended.error().message;
  }
  std::string why_not_opened(Mode mode) {
    try {
      const Archive archive(file_, mode);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "it was opened";
  }
  std::vector<Row> all() { return Archive(file_, Mode::kRead).read(base::BlockNo(0), 1 << 20).value(); }
  void sql(const std::string& statement) {
    SQLite::Database(file_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(statement);
  }

  const support::Directory directory_;
  const std::string file_ = directory_ / "blocks.db";
  support::Stream stream_;  // blocks 1 to 10; block 1 has one event, the others two
};

TEST_F(ArchiveTest, HoldsTheVeryBytes) {
  ASSERT_TRUE(append(1, 4));
  ASSERT_TRUE(append(5, 10));
  const auto rows = all();
  ASSERT_EQ(rows.size(), 10);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].bytes, stream_[i + 1]);
  EXPECT_EQ(rows[9].no, base::BlockNo(10));
  EXPECT_EQ(rows[9].first, base::Seq(18));
  EXPECT_EQ(rows[9].last, base::Seq(19));
}

TEST_F(ArchiveTest, AnAppendedBlockIsThereAfterAPowerCut) {
  const support::Medium medium;
  Archive archive(file_, Mode::kAppend);
  for (std::size_t block = 1; block <= 3; ++block) {
    ASSERT_TRUE(archive.append({stream_[block]}));
    EXPECT_TRUE(medium.removals_are_synced(directory_.string())) << "a rollback journal that comes back takes it back";
    const std::string cut = directory_ / std::to_string(block);
    medium.power_cut(directory_.string(), cut);
    EXPECT_EQ(Archive(cut + "/blocks.db", Mode::kRead).end()->block, base::BlockNo(block));
  }
}

TEST_F(ArchiveTest, ASyncThatFailsLeavesTheArchiveAsItWas) {
  support::Medium medium;
  ASSERT_TRUE(append(1, 3));
  for (const auto* file : {"blocks.db-journal", "blocks.db"}) {
    medium.fail_next_sync(file);
    EXPECT_THROW(static_cast<void>(append(4, 6)), std::runtime_error);
    const std::string cut = directory_ / (std::string(file) + "-cut");
    medium.power_cut(directory_.string(), cut);
    EXPECT_EQ(Archive(cut + "/blocks.db", Mode::kRead).end()->block, base::BlockNo(3));
    EXPECT_EQ(Archive(file_, Mode::kRead).end()->block, base::BlockNo(3));
  }
  EXPECT_TRUE(append(4, 6));
}

// SQLite syncs it only when it writes, and the manifest lists it also if nothing is new.
TEST_F(ArchiveTest, ACopyThatIsNotOnTheDiskYetIsSyncedWhenItIsOpened) {
  ASSERT_TRUE(append(1, 3));
  std::ifstream file(file_, std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  std::filesystem::remove(file_);
  const support::Medium medium;
  const int copy = ::open(file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  ASSERT_EQ(::write(copy, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  ::close(copy);
  { const Archive opened(file_, Mode::kAppend); }
  const std::string cut = directory_ / "cut";
  medium.power_cut(directory_.string(), cut);
  EXPECT_EQ(Archive(cut + "/blocks.db", Mode::kRead).end()->block, base::BlockNo(3));
}

TEST_F(ArchiveTest, KnowsWhereItEnds) {
  EXPECT_EQ(Archive(file_, Mode::kAppend).end()->block, base::BlockNo(0));
  ASSERT_TRUE(append(1, 3));
  const auto end = Archive(file_, Mode::kRead).end().value();
  EXPECT_EQ(end.block, base::BlockNo(3));
  EXPECT_EQ(end.last, base::Seq(5));
  EXPECT_EQ(end.hash, msg::decode_block(stream_[3])->hash.bytes);
}

TEST_F(ArchiveTest, IsReadInPages) {
  ASSERT_TRUE(append(1, 10));
  const Archive archive(file_, Mode::kRead);
  std::vector<base::BlockNo> seen;
  for (base::BlockNo after;;) {
    const auto rows = archive.read(after, 2 * stream_[2].size()).value();
    if (rows.empty()) break;
    EXPECT_LE(rows.size(), 3);
    for (const auto& row : rows) seen.push_back(row.no);
    after = rows.back().no;
  }
  EXPECT_EQ(seen.size(), 10);
  EXPECT_EQ(archive.read(base::BlockNo(4), 1)->size(), 1) << "at least one, if there is one";
  EXPECT_EQ(archive.read(base::BlockNo(4), stream_[5].size())->size(), 1);
  EXPECT_EQ(archive.read(base::BlockNo(4), stream_[5].size() + 1)->size(), 2);
}

TEST_F(ArchiveTest, ABlockCanBeReadWhileItIsWritten) {
  ASSERT_TRUE(append(1, 2));
  const Archive reader(file_, Mode::kRead);
  EXPECT_EQ(reader.read(base::BlockNo(0), 1)->size(), 1);
  EXPECT_EQ(reader.end()->block, base::BlockNo(2));
  ASSERT_TRUE(append(3, 4)) << "a reader between two pages is in nobody's way";
  EXPECT_EQ(reader.read(base::BlockNo(1), 1 << 20)->size(), 3);
}

TEST_F(ArchiveTest, AloneItIsTheWholeArchive) {
  ASSERT_TRUE(append(1, 10));
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory_.string())) {
    names.push_back(entry.path().filename());
  }
  EXPECT_THAT(names, ::testing::ElementsAre("blocks.db"));
}

TEST_F(ArchiveTest, NoBrokerTakesItForItsJournal) {
  ASSERT_TRUE(append(1, 2));
  EXPECT_THROW(broker::SqliteJournal{file_}, std::runtime_error);
}

// All the error paths.

TEST_F(ArchiveTest, ABlockThatDoesNotFollowIsNotTaken) {
  EXPECT_THAT(why_not(2, 3), HasSubstr("block 2 from seq 2 does not follow block 0"));
  ASSERT_TRUE(append(1, 3));
  EXPECT_THAT(why_not(3, 4), HasSubstr("block 3 from seq 4 does not follow block 3, which ends with seq 5"));
  EXPECT_THAT(why_not(5, 5), HasSubstr("block 5"));
  support::Stream other("another store");
  for (int i = 0; i < 3; ++i) other.block({support::voided("c"), support::voided("d")});
  std::swap(stream_, other);
  EXPECT_THAT(why_not(4, 4), HasSubstr("block 4 from seq 6 does not follow")) << "the same place, another history";
  EXPECT_EQ(all().size(), 3);
}

TEST_F(ArchiveTest, AllOrNothingIsTaken) {
  auto damaged = stream_[3];
  damaged[40] ^= 1;
  EXPECT_FALSE(Archive(file_, Mode::kAppend).append({stream_[1], stream_[2], damaged}));
  EXPECT_THAT(all(), IsEmpty());
  EXPECT_TRUE(append(1, 3));
}

TEST_F(ArchiveTest, ADamagedEndIsNotGoneOnWith) {
  ASSERT_TRUE(append(1, 3));
  for (const auto* bytes : {"x'00'", "x''"}) {
    sql(std::string("UPDATE blocks SET bytes = ") + bytes + " WHERE no = 3");
    EXPECT_THAT(why_not(4, 4), HasSubstr("its last block cannot be read"));
  }
}

TEST_F(ArchiveTest, ADamagedEndIsAnErrorEachTimeAndInNobodysWay) {
  ASSERT_TRUE(append(1, 3));
  sql("UPDATE blocks SET bytes = x'00' WHERE no = 3");
  const Archive archive(file_, Mode::kRead);
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(archive.end()) << i;
  sql("DELETE FROM blocks WHERE no = 3");
  EXPECT_EQ(archive.end()->block, base::BlockNo(2));
}

TEST_F(ArchiveTest, OtherFilesAreRefused) {
  EXPECT_THAT(why_not_opened(Mode::kRead), HasSubstr("cannot be opened")) << "there is none";
  std::ofstream(file_) << std::string(4096, 'x');
  EXPECT_THAT(why_not_opened(Mode::kAppend), HasSubstr("cannot be opened"));
  std::filesystem::remove(file_);
  sql("CREATE TABLE things (name)");
  EXPECT_THAT(why_not_opened(Mode::kAppend), HasSubstr("is not an archive of pygmy"));
  std::filesystem::remove(file_);
  ASSERT_TRUE(append(1, 1));
  sql("PRAGMA user_version = 2");
  EXPECT_THAT(why_not_opened(Mode::kRead), HasSubstr("has format 2, this program knows format 1"));
}

TEST_F(ArchiveTest, ADamagedFileIsAnErrorWhereItIsReadAndNowhereElse) {
  for (int i = 0; i < 200; ++i) stream_.block({support::voided(std::string(60, 'k')), support::voided("b")});
  ASSERT_TRUE(append(1, stream_.size()));
  std::fstream damage(file_, std::ios::in | std::ios::out | std::ios::binary);
  damage.seekp(static_cast<long>(std::filesystem::file_size(file_) / 2 / 4096 * 4096));
  damage << std::string(4096, '\0') << std::flush;
  const Archive archive(file_, Mode::kRead);
  base::BlockNo after;
  base::Result<std::vector<Row>> rows;
  for (rows = archive.read(after, 1); rows && !rows->empty(); rows = archive.read(after, 1)) after = rows->back().no;
  ASSERT_FALSE(rows);
  EXPECT_THAT(rows.error().message, HasSubstr("what follows block"));
  for (; !rows; rows = archive.read(after, 1)) after = base::BlockNo(after.value() + 1);
  ASSERT_FALSE(rows->empty());
  EXPECT_EQ(rows->front().bytes, stream_[rows->front().no.value()]);
  EXPECT_LT(rows->front().no.value(), stream_.size());
  EXPECT_FALSE(archive.read(base::BlockNo(after.value() - 1), 1));
  EXPECT_TRUE(archive.read(after, 1)) << "an error is over";
}

}  // namespace
}  // namespace backup
