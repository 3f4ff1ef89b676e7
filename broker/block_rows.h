// The rows of the table `blocks` in a journal or an archive: inserting one, reading a range, removing the first ones.
//
// Errors: SQLite::Exception. Threads: those of the database.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <filesystem>
#include <vector>

#include "base/core.h"
#include "base/ids.h"
#include "base/result.h"

namespace broker {

class InsertRow {
 public:
  explicit InsertRow(SQLite::Database& database);
  void insert(base::BlockNo no, base::Seq first, base::Seq last, base::BytesView bytes);

 private:
  SQLite::Statement insert_;
};

// Reads through a connection of its own.
class Rows {
 public:
  explicit Rows(const std::filesystem::path& file);
  // Returns blocks that hold from .. to, ascending, about bytes_max, but at least one if there is one.
  std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max);
  // As read, for a caller that continues if the file cannot be read.
  base::Result<std::vector<base::Bytes>> look(base::Seq from, base::Seq to, std::size_t bytes_max);

 private:
  SQLite::Database database_;
  SQLite::Statement select_;
};

// Removes blocks that need not be kept, a few at a time, so that no commit waits long for it.
class TrimRows {
 public:
  static constexpr int kBlocksPerStep = 64;
  static constexpr int kPagesPerStep = 2048;  // given back to the file system at a time: 8 MiB

  explicit TrimRows(SQLite::Database& database);
  void to(base::Seq begins);
  bool due() const { return due_; }
  // Makes one transaction.
  void step();

 private:
  SQLite::Database& database_;
  SQLite::Statement remove_;
  base::Seq begins_;
  bool due_ = false;
};

}  // namespace broker
