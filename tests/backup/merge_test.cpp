// One stream out of several archives: late, short, damaged, and of different histories.
#include "backup/merge.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>

#include <fstream>
#include <iterator>

#include "backup/new_journal.h"
#include "tests/support/blocks.h"
#include "tests/support/directory.h"

namespace backup {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class MergeTest : public ::testing::Test {
 protected:
  MergeTest() { extend(stream_, 9, "a"); }

  static void extend(support::Stream& stream, int blocks, const std::string& key) {
    for (int i = 0; i < blocks; ++i) stream.block({support::voided(key + std::to_string(i)), support::voided(key)});
  }
  // The blocks first..last of a stream, in the file of a broker.
  void broker(const std::string& name, const support::Stream& stream, std::size_t first, std::size_t last) {
    const auto file = directory_ / name;
    NewJournal journal(file);
    for (auto no = first; no <= last; ++no) journal.block(msg::decode_block(stream[no]).value(), stream[no]);
    journal.finish();
    names_.push_back(name);
  }
  void sql(const std::string& name, const std::string& statement) {
    SQLite::Database(directory_ / name, SQLite::OPEN_READWRITE).exec(statement);
  }
  // Overwrites the page of the file that has the block, as a bad disk does.
  void spoil_page_of(const std::string& name, const base::Bytes& block) {
    constexpr std::size_t kPage = 4096;
    std::fstream file(directory_ / name, std::ios::in | std::ios::out | std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    const auto found = bytes.find(block.substr(0, 100));
    ASSERT_NE(found, std::string::npos);
    file.seekp(static_cast<std::streamoff>(found / kPage * kPage));
    file << std::string(kPage, '\0');
  }
  Merge merge() {
    std::vector<Merge::Source> sources;
    for (const auto& name : names_) {
      sources.push_back({name, std::make_unique<Archive>(directory_ / name, Archive::Mode::kBroker)});
    }
    return Merge(std::move(sources));
  }
  // How many blocks of the stream come out, each as it is.
  std::size_t taken(Merge& merge, const support::Stream& stream) {
    for (std::size_t no = 1;; ++no) {
      const auto block = merge.next();
      if (!block || !*block) return no - 1;
      EXPECT_EQ(**block, stream[no]);
    }
  }
  std::string why_not() {
    auto merge = this->merge();
    for (;;) {
      const auto block = merge.next();
      if (!block) return block.error().message;
      if (!*block) return "they agree";
    }
  }

  const support::Directory directory_;
  support::Stream stream_;  // blocks 1 to 10
  std::vector<std::string> names_;
};

TEST_F(MergeTest, OneThatIsWholeIsTakenWhole) {
  broker("one", stream_, 1, 10);
  auto merge = this->merge();
  EXPECT_EQ(taken(merge, stream_), 10);
  EXPECT_EQ(merge.end().last, stream_.commit());
}

TEST_F(MergeTest, EachHasWhatTheOthersLack) {
  broker("early", stream_, 1, 4);
  broker("late", stream_, 3, 7);
  broker("last", stream_, 8, 10);  // joins by the hash alone
  auto merge = this->merge();
  EXPECT_EQ(taken(merge, stream_), 10);
  const auto seen = merge.seen();
  EXPECT_EQ(seen[0].taken, base::BlockNo(4));
  EXPECT_EQ(seen[1].begins, base::BlockNo(3));
  EXPECT_EQ(seen[2].taken, base::BlockNo(10));
}

TEST_F(MergeTest, BlocksAfterAMissingOneAreLeftOut) {
  broker("early", stream_, 1, 4);
  broker("late", stream_, 6, 10);
  auto merge = this->merge();
  EXPECT_EQ(taken(merge, stream_), 4);
  EXPECT_EQ(merge.seen()[0].beyond, base::BlockNo());
  EXPECT_EQ(merge.seen()[1].beyond, base::BlockNo(6));
}

TEST_F(MergeTest, ADamagedBlockIsTakenFromAnother) {
  broker("one", stream_, 1, 10);
  broker("two", stream_, 1, 6);
  sql("one", "UPDATE blocks SET bytes = zeroblob(50) WHERE no = 5");
  auto merge = this->merge();
  EXPECT_EQ(taken(merge, stream_), 10);
  EXPECT_EQ(merge.seen()[0].damaged, 1);
  EXPECT_THAT(merge.seen()[0].damage, HasSubstr("block 5"));
}

TEST_F(MergeTest, OfSeveralDamagedBlocksTheFirstIsToldAndAllAreCounted) {
  broker("one", stream_, 1, 10);
  broker("two", stream_, 1, 10);
  sql("one", "UPDATE blocks SET bytes = zeroblob(50) WHERE no IN (4, 5, 8)");
  auto merge = this->merge();
  EXPECT_EQ(taken(merge, stream_), 10);
  EXPECT_EQ(merge.seen()[0].damaged, 3);
  EXPECT_THAT(merge.seen()[0].damage, HasSubstr("block 4"));
}

TEST_F(MergeTest, PagesThatCannotBeReadCostOnlyTheirBlocks) {
  extend(stream_, 400, std::string(60, 'k'));
  broker("one", stream_, 1, stream_.size());
  broker("two", stream_, 1, stream_.size());
  spoil_page_of("one", stream_[100]);
  spoil_page_of("one", stream_[300]);
  spoil_page_of("two", stream_[200]);
  auto merge = this->merge();
  EXPECT_EQ(taken(merge, stream_), stream_.size());
  EXPECT_EQ(merge.seen()[0].damaged, 2) << "each page is one";
  EXPECT_EQ(merge.seen()[1].damaged, 1);
  EXPECT_THAT(merge.seen()[1].damage, HasSubstr("cannot be read"));
  EXPECT_EQ(merge.seen()[0].taken, merge.end().block);
  EXPECT_EQ(merge.seen()[1].taken, merge.end().block);
}

TEST_F(MergeTest, AnArchiveThatCannotBeReadIsDamagedOnce) {
  broker("one", stream_, 1, 4);
  broker("two", stream_, 1, 4);
  auto merge = this->merge();  // its files are open
  SQLite::Database file(directory_ / "two", SQLite::OPEN_READWRITE);
  file.exec("ALTER TABLE blocks RENAME TO gone");
  EXPECT_EQ(taken(merge, stream_), 4);
  EXPECT_EQ(merge.seen()[1].damaged, 1);
  EXPECT_THAT(merge.seen()[1].damage, HasSubstr("what follows block 0 cannot be read"));
  EXPECT_EQ(merge.seen()[1].begins, base::BlockNo());
}

TEST_F(MergeTest, ADamagedBlockOfTheOnlyOneIsTheEnd) {
  for (const auto* statement :
       {"UPDATE blocks SET bytes = zeroblob(50) WHERE no = 5", "UPDATE blocks SET bytes = x'' WHERE no = 5",
        "DELETE FROM blocks WHERE no = 5", "UPDATE blocks SET first = 1000 WHERE no = 5",
        "UPDATE blocks SET last = 1000 WHERE no = 5",
        "UPDATE blocks SET bytes = (SELECT bytes FROM blocks WHERE no = 6) WHERE no = 5",
        "UPDATE blocks SET no = 0 WHERE no = 5; UPDATE blocks SET no = 5 WHERE no = 6; UPDATE blocks SET no = 6 WHERE "
        "no = 0"}) {
    SCOPED_TRACE(statement);
    const auto name = "one" + std::to_string(names_.size());
    broker(name, stream_, 1, 10);
    sql(name, statement);
    names_ = {name};
    auto merge = this->merge();
    EXPECT_EQ(taken(merge, stream_), 4);
    EXPECT_EQ(merge.seen()[0].beyond, base::BlockNo(6));
    names_.assign(std::stoul(name.substr(3)) + 1, name);
  }
}

TEST_F(MergeTest, ABlockThatDoesNotFollowTheOneBeforeItInTheSameArchiveIsDamage) {
  support::Stream other("store-b");
  extend(other, 9, "a");
  broker("mixed", stream_, 1, 5);
  broker("other", other, 1, 10);
  sql("mixed", "ATTACH '" + directory_ / "other" + "' AS o; INSERT INTO blocks SELECT * FROM o.blocks WHERE no > 5");
  names_ = {"mixed"};
  auto merge = this->merge();
  EXPECT_EQ(taken(merge, stream_), 5);
  EXPECT_THAT(merge.seen()[0].damage, HasSubstr("block 6 does not follow"));
}

TEST_F(MergeTest, HistoriesThatPartAreRefusedWhereTheyDo) {
  auto other = stream_;
  extend(stream_, 3, "b");
  extend(other, 2, "c");
  broker("one", stream_, 1, 13);
  broker("two", other, 1, 12);
  EXPECT_THAT(why_not(), AllOf(HasSubstr("block 11 of one"), HasSubstr("block 11 of two"), HasSubstr("histories")));
}

TEST_F(MergeTest, HistoriesThatHaveNoBlockInCommonAreRefusedWhereTheyDoNotJoin) {
  auto other = stream_;
  extend(stream_, 3, "b");
  extend(other, 4, "c");
  broker("one", stream_, 1, 12);
  broker("two", other, 13, 14);
  EXPECT_THAT(why_not(), HasSubstr("block 13 of two"));
  EXPECT_THAT(why_not(), HasSubstr("does not follow block 12 of one"));
}

TEST_F(MergeTest, OtherStoresAreRefusedAtTheirFirstBlock) {
  broker("one", stream_, 1, 5);
  broker("two", support::Stream("store-b"), 1, 1);
  EXPECT_THAT(why_not(), HasSubstr("block 1 of one"));
}

TEST_F(MergeTest, NothingComesOfNothing) {
  broker("late", stream_, 3, 5);
  auto merge = this->merge();
  EXPECT_EQ(taken(merge, stream_), 0);
  EXPECT_EQ(merge.seen()[0].begins, base::BlockNo(3));
  names_.clear();
  auto none = this->merge();
  EXPECT_EQ(taken(none, stream_), 0);
  broker("empty", stream_, 1, 0);
  auto empty = this->merge();
  EXPECT_EQ(taken(empty, stream_), 0);
  EXPECT_EQ(empty.seen()[0].begins, base::BlockNo());
  EXPECT_EQ(empty.seen()[0].damaged, 0);
}

TEST_F(MergeTest, ABackupIsNoBrokersFile) {
  { Archive(directory_ / "blocks.db", Archive::Mode::kAppend); }
  EXPECT_THROW(Archive(directory_ / "blocks.db", Archive::Mode::kBroker), std::runtime_error);
  broker("one", stream_, 1, 2);
  EXPECT_THROW(Archive(directory_ / "one", Archive::Mode::kRead), std::runtime_error);
}

}  // namespace
}  // namespace backup
