// The rows of the table `blocks` in a journal or an archive: inserting one, reading a range, removing the first ones.
//
// Errors: SQLite::Exception, unless a function returns a Result. Threads: those of the database.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <filesystem>
#include <vector>

#include "base/core.h"
#include "base/ids.h"
#include "base/log.h"
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
  // As Journal::read. Logs the fault of a block that cannot be read.
  base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max);

 private:
  void select(base::Seq from, base::Seq to, std::size_t bytes_max, std::vector<base::Bytes>& found);

  SQLite::Database database_;
  SQLite::Statement select_;
  base::log::Throttle log_;
};

// Removes blocks that need not be kept, a few at a time, so that no commit waits long for it.
class TrimRows {
 public:
  static constexpr int kBlocksPerStep = 64;
  static constexpr int kPagesPerStep = 2048;  // given back to the file system at a time: 8 MiB

  explicit TrimRows(SQLite::Database& database);
  void to(base::Seq begins);
  bool due() const { return due_; }
  // Makes one transaction. Gives up, with an error in the log, if a block that must be removed cannot be read.
  void step();

 private:
  SQLite::Database& database_;
  SQLite::Statement remove_;
  base::Seq begins_;
  bool due_ = false;
};

}  // namespace broker
