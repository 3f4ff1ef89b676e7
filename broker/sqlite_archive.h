// SqliteArchive: a cluster broker's own copy of the stream, in the same file format as the embedded journal's.
//
// Group commit: what came while the last transaction was under way goes into the next. At opening the last blocks are
// checked as SqliteJournal does. Errors: std::runtime_error from the constructor; a disk that fails later ends the
// process with a line, for a broker without an archive is none: etcd has what it lacks, another broker takes over.
// Threads: one of its own writes; claim() from any thread, the rest for the loop's.
// Tests: tests/broker/sqlite_archive_test.cpp.
#pragma once

#include <filesystem>
#include <memory>

#include "broker/shared_journal.h"

namespace broker {

class SqliteArchive final : public Archive {
 public:
  static constexpr std::size_t kWaitingBytesMax = 64 * 1024 * 1024;  // beyond that append() waits for the disk

  explicit SqliteArchive(const std::filesystem::path& file);
  ~SqliteArchive() override;  // writes what waits

  Tail tail() const override;
  void append(base::BlockNo no, base::Seq first, base::Seq last, base::Bytes bytes) override;
  std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max) override;
  base::Result<std::vector<base::Bytes>> look(base::Seq from, base::Seq to, std::size_t bytes_max) override;
  Kept kept() const override;
  void keep_store(const std::string& store) override;
  void trim(base::Seq begins) override;
  std::uint64_t checkpoints_failed() const override;
  // What is durable of it now, and which archive it is.
  Claim claim() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace broker
