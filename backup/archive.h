// Archive: the blocks of a stream in one file, with the same bytes that the broker keeps, published and replays.
//
// It is an SQLite database with the table `blocks` of the broker's journal (broker/journal_file.cpp). It has another
// application id, so that no broker takes a backup for its journal. Unlike a journal it has no write-ahead log: while
// nobody writes, the file is the whole archive. It can be copied, or read from a read-only disk.
// An Archive also reads the journal.db or archive.db of a broker (kBroker), and writes nothing to it.
//
// Appended blocks must follow those in the file. Blocks are read as they are in the file: the caller must check them.
//
// Errors: std::runtime_error with a line that says what to do, except from read() of a damaged file.
// Threads: one. Tests: tests/backup/archive_test.cpp.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "base/core.h"
#include "base/result.h"
#include "msg/block.h"

namespace backup {

// The end of an archive; all zero for one without blocks.
struct End {
  base::BlockNo block;
  base::Seq last;
  msg::Hash hash = msg::no_hash();
};

// A block as it is in the file: `no`, `first` and `last` are the row's.
struct Row {
  base::BlockNo no;
  base::Seq first;
  base::Seq last;
  base::Bytes bytes;
};

class Archive {
 public:
  // kAppend creates the file if it does not exist. kBroker: the file is a broker's, and is only read.
  enum class Mode { kRead, kAppend, kBroker };
  Archive(const std::filesystem::path& file, Mode mode);
  ~Archive();

  // An error if the last block is damaged.
  base::Result<End> end() const;
  // Appends all blocks or none; they are durable when it returns. An error if they do not follow those in the file.
  base::Result<void> append(const std::vector<base::BytesView>& blocks);
  // Reads blocks after `after`, ascending: about `bytes_max` bytes, but at least one block if there is one. An error if
  // the file is damaged there.
  base::Result<std::vector<Row>> read(base::BlockNo after, std::size_t bytes_max) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backup
