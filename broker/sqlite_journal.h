// SqliteJournal: the embedded journal, and the archive, in one SQLite database (DESIGN 3).
//
//   journal.db   blocks, one row each, the bytes that are published; the term; msg::Control
//   broker.lock  beside it; its exclusive lock proves leadership: while it is held there is no other leader
//
// A block is durable when SQLite has committed its transaction in WAL mode with synchronous=FULL, after fdatasync
// (TRAPS 12). Blocks that an earlier process left in the write-ahead log are written again before they are
// trusted (journal_file.h). SQLite drops a torn tail of the log by itself. So when the journal is opened, a block that
// does not match its hash or does not follow the one before is damage and is refused. Opening checks the last
// kVerifyBlocks; every other block is checked when a follower reads it.
//
// Errors: the constructor throws std::runtime_error with a line that says what to do. If the disk is full later, the
// same block is written again until there is room (ADR 35). Any other failure of a write ends the process with
// kExitDurability, at once, with a line, because nobody knows whether the last block is durable; only opening the
// journal again can tell. A read that fails is an error of that read alone. If the file is removed or replaced under
// the broker, lost() says so. The process goes on, because nobody else has its blocks and a backup can still read them.
// Threads: one of its own does the commits; the loop's thread calls every function. fd() is readable when completed()
// has a block. Tests: tests/broker/sqlite_journal_test.cpp.
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

  // Creates `file` if it does not exist; its directory must exist.
  explicit SqliteJournal(const std::filesystem::path& file);
  ~SqliteJournal() override;  // waits for the commit in flight

  Tail tail() const override;
  void commit(Commit block) override;
  base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) override;
  Kept kept() const override;
  void trim(base::Seq begins) override;
  base::Mono proved(base::Now now) const override { return now.mono; }
  std::optional<std::string> lost() const override;
  std::optional<std::string> full() const override;
  std::uint64_t checkpoints_failed() const override;

  int fd() const;
  // The block that has become durable since the last call.
  std::optional<base::BlockNo> completed();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace broker
