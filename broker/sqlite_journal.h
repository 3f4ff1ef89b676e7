// SqliteJournal: the embedded journal, and the archive, in one SQLite database (DESIGN 3).
//
// journal.db   blocks, one row each, the very bytes that are published; the term; msg::Control
// broker.lock  beside it; the exclusive lock on it is what proves leadership: while it is held there is no other leader
//
// Durable means: SQLite says that a transaction in WAL mode with synchronous=FULL is committed, after fdatasync (TRAPS
// 12). What an earlier process left in the write-ahead log is written again before it is believed (journal_file.h). The
// log drops a torn tail by itself, so at opening any block that does not match its hash or does not follow the one
// before is damage, and refused; the last kVerifyBlocks are looked at, every other one when it is read by a follower.
//
// Errors: std::runtime_error from the constructor with a line that says what to do. After that, anything that goes
// wrong with the disk ends the process with kExitDurability, at once, with a line: whether the last block is durable is
// in doubt, and only opening the journal anew can tell. A file that is removed or replaced under the broker is lost():
// the process goes on, for nobody else has its blocks, and they can be backed up from it. Threads: one of its own does
// the commits; every function is for the loop's thread. fd() is readable when completed() has something to tell. Tests:
// tests/broker/sqlite_journal_test.cpp.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "broker/journal.h"

namespace broker {

class SqliteJournal final : public Journal {
 public:
  static constexpr int kExitDurability = 70;
  static constexpr int kVerifyBlocks = 64;

  // `file` is made if it is not there; its directory must be.
  explicit SqliteJournal(const std::filesystem::path& file);
  ~SqliteJournal() override;  // waits for the commit in flight

  Tail tail() const override;
  void commit(Commit block) override;
  std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max) override;
  base::Result<std::vector<base::Bytes>> look(base::Seq from, base::Seq to, std::size_t bytes_max) override;
  Kept kept() const override;
  void trim(base::Seq begins) override;
  base::Mono proved(base::Now now) const override { return now.mono; }
  std::optional<std::string> lost() const override;
  std::uint64_t checkpoints_failed() const override;

  int fd() const;
  // The block that has become durable since the last call.
  std::optional<base::BlockNo> completed();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace broker
