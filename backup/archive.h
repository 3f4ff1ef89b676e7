// Archive: the blocks of a stream in one file, the very bytes that the broker keeps, published and replays.
//
// A SQLite database with the table `blocks` of the embedded journal (broker/journal_file.cpp) and an application id of
// its own, so that no broker takes a backup for its journal. Unlike a journal it keeps no log beside it: a file that
// nobody writes is the whole archive, and can be copied, or read from a disk that cannot be written.
// The journal.db or archive.db of a broker can be read here, too (kBroker); nothing is written to it.
//
// What is appended must follow what is there, block by block. What is read is told as it lies in the file: whether it
// is right is for the reader to check.
//
// Errors: std::runtime_error with a line that says what to do, from everything but read() of a damaged file.
// Threads: one. Tests: tests/backup/archive_test.cpp.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/core.h"
#include "base/result.h"
#include "msg/block.h"

namespace backup {

// Where an archive ends; all zero for one without blocks.
struct End {
  base::BlockNo block;
  base::Seq last;
  msg::Hash hash = msg::no_hash();
};

// A block as the file has it: `no`, `first` and `last` are the row's.
struct Row {
  base::BlockNo no;
  base::Seq first;
  base::Seq last;
  base::Bytes bytes;
};

class Archive {
 public:
  // kAppend makes the file if it is not there. kBroker: the file is a broker's; it is only read.
  enum class Mode { kRead, kAppend, kBroker };
  Archive(const std::filesystem::path& file, Mode mode);
  ~Archive();

  // An error if its last block is damaged.
  base::Result<End> end() const;
  // The next blocks, all or none; durable when it returns. An error if they do not follow what is there.
  base::Result<void> append(const std::vector<base::BytesView>& blocks);
  // Blocks after `after`, ascending, about `bytes_max` but at least one if there is one. An error if the file is
  // damaged there.
  base::Result<std::vector<Row>> read(base::BlockNo after, std::size_t bytes_max) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backup
