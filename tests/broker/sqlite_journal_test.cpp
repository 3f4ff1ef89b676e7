// The embedded journal on a real disk.
#include "broker/sqlite_journal.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "base/log.h"
#include "base/random.h"
#include "broker/journal_file.h"
#include "tests/broker/driver.h"
#include "tests/support/damage.h"

namespace broker {
namespace {

using testing::HasSubstr;

class SqliteJournalTest : public testing::Test {
 protected:
  SqliteJournalTest() : directory_(std::filesystem::temp_directory_path() / ("journal-" + base::new_key())) {
    std::filesystem::create_directory(directory_);
    file_ = directory_ / "journal.db";
    open();
  }
  ~SqliteJournalTest() override {
    journal_.reset();
    std::filesystem::remove_all(directory_);
  }

  void open() { journal_ = std::make_unique<SqliteJournal>(file_); }
  void reopen() {
    journal_.reset();
    open();
  }
  // The next block of the stream, with one event.
  Commit next(const std::string& key = "key") {
    tail_ = written_ ? tail_ : journal_->tail();
    msg::Block block;
    block.no = tail_.block.next();
    block.first = tail_.last.next();
    block.count = 1;
    block.term = journal_->tail().term;
    block.epoch = tail_.control.epoch;
    block.prev.bytes = tail_.hash;
    block.events.bytes = voided(key);
    Commit commit{block.no, block.first, block.last(), msg::encode_block(block), std::nullopt};
    tail_.block = block.no;
    tail_.last = block.last();
    tail_.hash = block.hash.bytes;
    written_ = true;
    return commit;
  }
  void commit(Commit block) {
    const auto no = block.no;
    journal_->commit(std::move(block));
    EXPECT_EQ(wait(), no);
  }
  void commit(int blocks) {
    for (int i = 0; i < blocks; ++i) commit(next());
  }
  std::optional<base::BlockNo> wait() {
    pollfd readable{journal_->fd(), POLLIN, 0};
    EXPECT_EQ(::poll(&readable, 1, 10'000), 1) << "no commit was told";
    const auto no = journal_->completed();
    EXPECT_EQ(::poll(&readable, 1, 0), 0) << "it would wake the loop again and again";
    return no;
  }
  template <class Change>
  void change_block_2(Change change) {
    commit(2);
    auto block = msg::decode_block(journal_->read(Seq(2), Seq(2), 1)->at(0)).value();
    change(block);
    const auto bytes = msg::encode_block(block);
    journal_.reset();
    SQLite::Database database(file_.string(), SQLite::OPEN_READWRITE);
    SQLite::Statement update(database, "UPDATE blocks SET bytes = ? WHERE no = 2");
    update.bind(1, bytes.data(), static_cast<int>(bytes.size()));
    update.exec();
  }
  std::string why_not() {
    journal_.reset();
    try {
      open();
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "the file was opened";
  }
  void sql(const std::string& statement) {
    journal_.reset();
    SQLite::Database(file_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(statement);
  }

  std::filesystem::path directory_;
  std::filesystem::path file_;
  std::unique_ptr<SqliteJournal> journal_;
  Tail tail_;
  bool written_ = false;
};

TEST_F(SqliteJournalTest, ACommitDoesNotLengthenTheLog) {
  const auto log_bytes = [this] { return std::filesystem::file_size(file_.string() + "-wal"); };
  EXPECT_EQ(log_bytes(), kLogBytes);
  commit(20);
  EXPECT_EQ(log_bytes(), kLogBytes);
}

TEST_F(SqliteJournalTest, TrimmedBlocksGoFromTheDiskWhileBlocksCome) {
  for (int i = 0; i < 300; ++i) commit(next(std::string(4000, 'k')));
  reopen();  // everything is in the file, not in its log
  const auto before = std::filesystem::file_size(file_);
  journal_->trim(base::Seq(290));
  commit(5);
  while (!journal_->read(base::Seq(289), base::Seq(289), 1)->empty()) commit(1);
  reopen();
  EXPECT_EQ(journal_->tail().begins, base::Seq(290));
  commit(1);
  journal_.reset();
  EXPECT_LT(std::filesystem::file_size(file_), before / 4) << "free pages are given back";
}

TEST_F(SqliteJournalTest, ATrimThatACrashInterruptedIsGoneOnWithByTheNext) {
  commit(300);
  sql("DELETE FROM blocks WHERE no <= 64");
  open();
  EXPECT_EQ(journal_->tail().begins, base::Seq(65));
  journal_->trim(base::Seq(200));
  while (!journal_->read(base::Seq(199), base::Seq(199), 1)->empty()) commit(1);
}

TEST_F(SqliteJournalTest, IsEmptyAtFirst) {
  const auto tail = journal_->tail();
  EXPECT_EQ(tail.term, base::Term(1));
  EXPECT_EQ(tail.block, base::BlockNo(0));
  EXPECT_EQ(tail.hash, msg::no_hash());
  EXPECT_TRUE(journal_->read(Seq(1), Seq(100), 1000)->empty());
}

TEST_F(SqliteJournalTest, CommittedBlocksAreThereAfterReopening) {
  auto first = next("one");
  msg::Control control{.store = "store-a", .holders = {{"f-1", Incarnation(5)}}};
  first.control = control;
  const auto bytes = first.bytes;
  commit(first);
  const auto second = next("two");
  commit(second);
  reopen();
  const auto tail = journal_->tail();
  EXPECT_EQ(tail.block, base::BlockNo(2));
  EXPECT_EQ(tail.last, Seq(2));
  EXPECT_EQ(tail.hash, tail_.hash);
  EXPECT_EQ(tail.control.store, "store-a");
  EXPECT_EQ(tail.control.holders, control.holders);
  EXPECT_THAT(journal_->read(Seq(1), Seq(2), 100'000).value(), testing::ElementsAre(bytes, second.bytes));
}

TEST_F(SqliteJournalTest, TheTermRisesWithEveryOpening) {
  reopen();
  EXPECT_EQ(journal_->tail().term, base::Term(2));
  reopen();
  EXPECT_EQ(journal_->tail().term, base::Term(3));
}

TEST_F(SqliteJournalTest, RemembersTheProducerAndTheTimeOfTheLastBlock) {
  msg::Block block;
  block.no = base::BlockNo(1);
  block.first = Seq(1);
  block.count = 2;
  block.at = 12345;
  block.epoch = Epoch(1);
  block.producer = ProducerNo(9);
  block.prev.bytes = msg::no_hash();
  block.events.bytes = voided("a") + voided("b");
  Commit made{block.no, block.first, block.last(), msg::encode_block(block), msg::Control{.epoch = Epoch(1)}};
  commit(made);
  reopen();
  EXPECT_EQ(journal_->tail().producer, ProducerNo(9));
  EXPECT_EQ(journal_->tail().at, 12345);
  EXPECT_EQ(journal_->tail().control.epoch, Epoch(1));
}

TEST_F(SqliteJournalTest, ReadsRangesClippedInBytes) {
  commit(10);
  const auto size = journal_->read(Seq(4), Seq(4), 0)->at(0).size();
  EXPECT_EQ(journal_->read(Seq(4), Seq(6), 100'000)->size(), 3U);
  EXPECT_EQ(journal_->read(Seq(4), Seq(10), 2 * size)->size(), 2U);
  EXPECT_EQ(journal_->read(Seq(9), Seq(100), 100'000)->size(), 2U);
  EXPECT_TRUE(journal_->read(Seq(11), Seq(100), 100'000)->empty());
}

TEST_F(SqliteJournalTest, NothingIsToldTwice) {
  commit(1);
  EXPECT_FALSE(journal_->completed());
}

TEST_F(SqliteJournalTest, CarriesACoreOverARestart) {
  base::Now now{base::Mono(std::chrono::hours(1)), 1};
  const auto run = [&] {
    base::Outbox out;
    Core core(Driver::configured(), *journal_, now);
    core.on_tick({now, out});
    if (!journal_->tail().block) core.on_committed(*wait(), {now, out});
    return core.commit_seq();
  };
  EXPECT_EQ(run(), Seq(1));
  reopen();
  EXPECT_EQ(run(), Seq(1));
  EXPECT_EQ(journal_->tail().control.store, "store-a");
}

// --- all error paths ---

TEST_F(SqliteJournalTest, AnOldBlockThatCannotBeReadIsRefusedAndTheStoreContinues) {
  commit(300);
  const auto first = journal_->read(Seq(1), Seq(1), 1)->at(0);
  journal_.reset();
  support::overwrite_page_with(file_, first);
  open();
  base::Outbox out;
  base::Bytes frame;
  const base::Turn turn{{base::Mono(std::chrono::hours(1)), 1}, out};
  Core core(Driver::configured(), *journal_, turn.now);
  msg::append_request(frame, msg::Header{.id = 1}, msg::Replay{Seq(1), {}, 1000});
  core.on_request({"peer"}, frame, turn);
  const auto reply = msg::FrameReader(out.replies().begin()->second.front()).next().value();
  EXPECT_EQ(reply.header.err, "unavailable");
  EXPECT_THAT(msg::decode_refusal(reply)->message, HasSubstr("malformed")) << "the text of SQLite";
  EXPECT_EQ(journal_->tail().begins, Seq(1));
  EXPECT_EQ(journal_->read(Seq(299), Seq(300), 1 << 20)->size(), 2U);
  commit(1);
  reopen();
  EXPECT_EQ(journal_->tail().last, Seq(301));
}

TEST_F(SqliteJournalTest, ASecondBrokerIsRefused) {
  try {
    SqliteJournal second(file_);
    FAIL() << "two leaders";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr(std::to_string(::getpid())));
    EXPECT_THAT(error.what(), HasSubstr(directory_.string()));
  }
  commit(1);
}

TEST_F(SqliteJournalTest, AMissingDirectoryIsRefused) {
  EXPECT_THROW(SqliteJournal(directory_ / "nowhere" / "journal.db"), std::runtime_error);
}

TEST_F(SqliteJournalTest, AFileThatIsNotADatabaseIsRefused) {
  journal_.reset();
  std::filesystem::remove(file_);
  std::ofstream(file_) << std::string(10'000, 'x');
  EXPECT_THAT(why_not(), HasSubstr("cannot be opened as a journal"));
}

TEST_F(SqliteJournalTest, SomebodyElsesDatabaseIsRefusedAndLeftAlone) {
  journal_.reset();
  std::filesystem::remove(file_);
  sql("CREATE TABLE precious (data TEXT)");
  EXPECT_THAT(why_not(), HasSubstr("is not a journal of pygmy"));
  sql("SELECT data FROM precious");
}

TEST_F(SqliteJournalTest, AnotherKindOfDatabaseOfOursIsRefused) {
  sql("PRAGMA application_id = 1");
  EXPECT_THAT(why_not(), HasSubstr("is not a journal of pygmy"));
}

TEST_F(SqliteJournalTest, AnotherVersionIsRefused) {
  sql("PRAGMA user_version = 2");
  EXPECT_THAT(why_not(), HasSubstr("format 2"));
}

TEST_F(SqliteJournalTest, AWrongByteInTheLastBlocksIsRefused) {
  commit(70);
  sql("UPDATE blocks SET bytes = CAST(substr(bytes, 1, 99) || x'00' || substr(bytes, 101) AS BLOB) WHERE no = 7");
  EXPECT_THAT(why_not(), HasSubstr("block 7"));
}

TEST_F(SqliteJournalTest, ATruncatedBlockIsRefused) {
  commit(3);
  sql("UPDATE blocks SET bytes = substr(bytes, 1, 50) WHERE no = 3");
  EXPECT_THAT(why_not(), HasSubstr("block 3"));
}

TEST_F(SqliteJournalTest, AMissingBlockIsRefused) {
  commit(5);
  sql("DELETE FROM blocks WHERE no = 3");
  EXPECT_THAT(why_not(), HasSubstr("does not follow block 2"));
}

TEST_F(SqliteJournalTest, ABlockOfAnotherStreamIsRefused) {
  change_block_2([](msg::Block& block) { block.prev.bytes = std::string(msg::kHashBytes, 'x'); });
  EXPECT_THAT(why_not(), HasSubstr("does not follow"));
}

TEST_F(SqliteJournalTest, ANewerBlockIsNotCalledDamaged) {
  change_block_2([](msg::Block& block) { block.v = msg::kVersions.newest + 1; });
  EXPECT_THAT(why_not(), testing::AllOf(HasSubstr("use the pygmy that wrote it"), Not(HasSubstr("damaged"))));
}

TEST_F(SqliteJournalTest, AStreamWithoutItsBeginningIsRefused) {
  auto first = next();
  first.control = msg::Control{.store = "store-a"};
  commit(first);
  sql("DELETE FROM blocks");
  EXPECT_THAT(why_not(), HasSubstr("its blocks are gone"));
}

TEST_F(SqliteJournalTest, ADamagedControlRecordIsRefused) {
  commit(1);
  sql("UPDATE meta SET control = x'80'");
  EXPECT_THAT(why_not(), HasSubstr("control record"));
}

TEST_F(SqliteJournalTest, AControlRecordOfAnotherTimeIsRefused) {
  const auto control = msg::encoded(msg::Control{.store = "store-a", .epoch = Epoch(7)});
  commit(1);
  journal_.reset();
  {
    SQLite::Database database(file_.string(), SQLite::OPEN_READWRITE);
    SQLite::Statement update(database, "UPDATE meta SET control = ?");
    update.bind(1, control.data(), static_cast<int>(control.size()));
    update.exec();
  }
  EXPECT_THAT(why_not(), HasSubstr("control record"));
}

TEST_F(SqliteJournalTest, AJournalThatIsRefusedIsLeftAsItIs) {
  commit(1);
  sql("UPDATE blocks SET last = 9");
  why_not();
  SQLite::Database database(file_.string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(database.execAndGet("SELECT term FROM meta").getInt(), 1);
}

// A small file system over the journal's directory, for the rest of this process.
bool mount_small_disk(const std::filesystem::path& directory) {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("tmpfs", directory.c_str(), "tmpfs", 0, "size=1m") == 0;
}

// Returns whether this user may mount. It is tried in a process of its own.
bool can_mount(const std::filesystem::path& directory) {
  const auto child = ::fork();
  if (child == 0) std::_Exit(mount_small_disk(directory) ? 0 : 1);
  int status = 0;
  return child > 0 && ::waitpid(child, &status, 0) == child && status == 0;
}

void fill(const std::filesystem::path& file) {
  std::ofstream filler(file, std::ios::binary);
  filler.rdbuf()->pubsetbuf(nullptr, 0);
  while (filler.put('.')) continue;
}

TEST_F(SqliteJournalTest, AFullDiskIsWaitedFor) {
  if (!can_mount(directory_)) GTEST_SKIP() << "no mounts here; test_the_disk_under_all_data_is_full needs them as well";
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto run = [&] {
    journal_.reset();
    if (!mount_small_disk(directory_)) std::_Exit(2);
    open();
    commit(2);
    fill(directory_ / "filler");
    while (!journal_->full()) {
      journal_->commit(next(std::string(5'000, 'k')));
      pollfd readable{journal_->fd(), POLLIN, 0};
      while (::poll(&readable, 1, 10) == 0 && !journal_->full()) continue;
      if (!journal_->full()) journal_->completed();
    }
    EXPECT_THAT(*journal_->full(), HasSubstr("the disk is full"));
    EXPECT_EQ(journal_->read(Seq(1), Seq(2), 1 << 20)->size(), 2U) << "it can be read";
    std::filesystem::remove(directory_ / "filler");
    EXPECT_EQ(wait(), tail_.block);
    EXPECT_EQ(journal_->full(), std::nullopt);
    commit(1);
    reopen();
    EXPECT_EQ(journal_->tail().block, tail_.block);
    journal_.reset();
    std::_Exit(HasFailure() ? 1 : 0);
  };
  EXPECT_EXIT(run(), testing::ExitedWithCode(0), "");
}

// A limit on the file size fails a write as a used-up quota does.
TEST_F(SqliteJournalTest, AFileThatMayNotGrowEndsTheProcessAndNothingIsAcknowledged) {
  testing::FLAGS_gtest_death_test_style = "threadsafe";
  const auto fill = [&] {
    const rlimit limit{200'000, 200'000};
    std::signal(SIGXFSZ, SIG_IGN);
    ::setrlimit(RLIMIT_FSIZE, &limit);
    for (int i = 0; i < 100; ++i) commit(next(std::string(50'000, 'k')));
  };
  EXPECT_EXIT(fill(), testing::ExitedWithCode(SqliteJournal::kExitDurability), "could not be committed");
}

}  // namespace
}  // namespace broker
