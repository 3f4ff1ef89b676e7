// SqliteArchive: a cluster broker's own copy of the stream, in the same file format as the embedded journal's.
//
// Group commit: blocks that come while a transaction is under way go into the next one. Opening checks the last blocks
// as SqliteJournal does. Errors: the constructor throws std::runtime_error. If a write fails later, the process ends
// with a line, because a broker without an archive is useless: etcd has the missing blocks, and another broker takes
// over. A read that fails is an error of that read alone.
// Threads: one of its own writes; any thread may call claim(), the loop's thread the rest.
// Tests: tests/broker/sqlite_archive_test.cpp.
#pragma once

#include <filesystem>
#include <memory>

#include "broker/shared_journal.h"

namespace broker {

class SqliteArchive final : public Archive {
 public:
  static constexpr std::size_t kWaitingBytesMax = 64 * 1024 * 1024;  // when more waits, append() waits for the disk

  explicit SqliteArchive(const std::filesystem::path& file);
  ~SqliteArchive() override;  // writes the waiting blocks

  Tail tail() const override;
  void append(base::BlockNo no, base::Seq first, base::Seq last, base::Bytes bytes) override;
  base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) override;
  Kept kept() const override;
  void keep_store(const std::string& store) override;
  void trim(base::Seq begins) override;
  std::uint64_t checkpoints_failed() const override;
  // The blocks that are durable now, and the archive's id.
  Claim claim() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace broker
