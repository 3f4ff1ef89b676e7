// A backup is opened only if its archive has the blocks that its manifest describes.
#include "books/backup_directory.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "books/inspection.h"
#include "tests/support/blocks.h"
#include "tests/support/directory.h"

namespace books {
namespace {

using ::testing::HasSubstr;

class BackupDirectoryTest : public ::testing::Test {
 protected:
  BackupDirectoryTest() {
    stream_.block({support::appointed("order-1")});
    for (int i = 0; i < 3; ++i) stream_.block({support::voided("a" + std::to_string(i))});
    append(1, 5);
    const backup::Archive archive(file_, backup::Archive::Mode::kRead);
    Inspection inspection(archive);
    Progress progress("", base::Seq());
    inspection.walk(progress);
    manifest_ = inspection.manifest();
  }
  void append(std::size_t first, std::size_t last) {
    std::vector<base::BytesView> blocks;
    for (auto no = first; no <= last; ++no) blocks.push_back(stream_[no]);
    ASSERT_TRUE(backup::Archive(file_, backup::Archive::Mode::kAppend).append(blocks));
  }
  std::string why_not() {
    write_manifest(directory_.string(), manifest_);
    const auto backup = open_backup(directory_.string());
    return backup ? "it was opened" : backup.error().message;
  }

  const support::Directory directory_;
  const std::string file_ = directory_ / "blocks.db";
  support::Stream stream_;
  Manifest manifest_;
};

TEST_F(BackupDirectoryTest, IsOpenedIfTheArchiveHasTheEndOfTheManifest) {
  EXPECT_EQ(why_not(), "it was opened");
  stream_.block({support::voided("later")});
  append(6, 6);  // as a run that was killed leaves it
  EXPECT_EQ(why_not(), "it was opened");
  EXPECT_EQ(open_backup(directory_.string())->manifest, manifest_);
}

TEST_F(BackupDirectoryTest, IsRefusedIfTheEndIsMissing) {
  for (const std::uint64_t block : {0U, 6U, 1000U}) {
    manifest_.block = base::BlockNo(block);
    EXPECT_THAT(why_not(), HasSubstr("not a sound backup"));
  }
}

TEST_F(BackupDirectoryTest, IsRefusedIfTheEndIsAnotherBlock) {
  auto good = manifest_;
  manifest_.block = base::BlockNo(4);
  EXPECT_THAT(why_not(), HasSubstr("is not the block that the manifest names"));
  manifest_ = good;
  manifest_.seq = base::Seq(99);
  EXPECT_THAT(why_not(), HasSubstr("is not the block that the manifest names"));
  manifest_ = good;
  manifest_.hash[3] ^= 1;
  EXPECT_THAT(why_not(), HasSubstr("is not the block that the manifest names"));
}

TEST_F(BackupDirectoryTest, AManifestAloneIsNotABackup) {
  write_manifest(directory_.string(), manifest_);
  std::filesystem::remove(file_);
  EXPECT_THROW((void)open_backup(directory_.string()), std::runtime_error);
}

TEST_F(BackupDirectoryTest, AStreamIsTheSameIfItHasTheLastBlock) {
  const backup::End end{manifest_.block, manifest_.seq, manifest_.hash};
  EXPECT_TRUE(check_same_stream(end, stream_.replay(5, 5)));
  EXPECT_FALSE(check_same_stream(end, stream_.replay(4, 5)));
  EXPECT_FALSE(check_same_stream(end, {}));
  support::Stream other("store-b");
  for (int i = 0; i < 4; ++i) other.block({support::voided("a" + std::to_string(i))});
  EXPECT_FALSE(check_same_stream(end, other.replay(5, 5)));
}

}  // namespace
}  // namespace books
