#include "broker/block_rows.h"

#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

namespace broker {
namespace {

// A mode of PRAGMA auto_vacuum. Files from before this mode was set only reuse freed pages.
constexpr int kIncremental = 2;

std::int64_t column(base::Seq seq) { return static_cast<std::int64_t>(seq.value()); }

}  // namespace

InsertRow::InsertRow(SQLite::Database& database) : insert_(database, "INSERT INTO blocks VALUES (?, ?, ?, ?)") {}

void InsertRow::insert(base::BlockNo no, base::Seq first, base::Seq last, base::BytesView bytes) {
  insert_.tryReset();  // an insert that failed leaves the statement under way, and then nothing can be bound
  insert_.bind(1, static_cast<std::int64_t>(no.value()));
  insert_.bind(2, column(first));
  insert_.bind(3, column(last));
  insert_.bindNoCopy(4, bytes.data(), static_cast<int>(bytes.size()));
  insert_.exec();
  insert_.reset();
}

Rows::Rows(const std::filesystem::path& file)
    : database_(file.string(), SQLite::OPEN_READONLY),
      select_(database_, "SELECT bytes, first FROM blocks WHERE last >= ? ORDER BY last") {
  database_.setBusyTimeout(2000);
}

base::Result<std::vector<base::Bytes>> Rows::read(base::Seq from, base::Seq to, std::size_t bytes_max) {
  std::vector<base::Bytes> found;
  try {
    select(from, to, bytes_max, found);
  } catch (const std::exception& error) {
    select_.tryReset();
    if (!found.empty()) return found;
    if (log_.pass(base::now().mono)) {
      base::log::error("{}: the blocks from seq {} cannot be read: {}", database_.getFilename(), from, error.what());
    }
    return base::fail(error.what());
  }
  return found;
}

void Rows::select(base::Seq from, base::Seq to, std::size_t bytes_max, std::vector<base::Bytes>& found) {
  std::size_t bytes = 0;
  select_.tryReset();  // a read that failed leaves the statement under way, and then nothing can be bound
  select_.bind(1, column(from));
  // The loop ends at the first row behind `to`. A condition on `first` would let SQLite look at every row up to the
  // end.
  while (select_.executeStep() && select_.getColumn(1).getInt64() <= column(to)) {
    const auto blob = select_.getColumn(0);
    const auto size = static_cast<std::size_t>(blob.getBytes());
    if (!found.empty() && bytes + size > bytes_max) break;
    bytes += size;
    found.emplace_back(static_cast<const char*>(blob.getBlob()), size);
  }
  select_.reset();  // ends the read: while it is open, the log cannot be checkpointed
}

TrimRows::TrimRows(SQLite::Database& database)
    : database_(database),
      remove_(database, "DELETE FROM blocks WHERE no IN (SELECT no FROM blocks WHERE last < ? ORDER BY no LIMIT ?)") {}

void TrimRows::to(base::Seq begins) {
  begins_ = std::max(begins_, begins);
  due_ = true;
}

void TrimRows::step() try {
  SQLite::Transaction transaction(database_);
  remove_.tryReset();
  remove_.bind(1, column(begins_));
  remove_.bind(2, kBlocksPerStep);
  const bool removed = remove_.exec() > 0;
  remove_.reset();
  const bool freed = database_.execAndGet("PRAGMA freelist_count").getInt() > 0 &&
                     database_.execAndGet("PRAGMA auto_vacuum").getInt() == kIncremental;
  if (freed) database_.exec(fmt::format("PRAGMA incremental_vacuum({})", kPagesPerStep));
  transaction.commit();
  due_ = removed || freed;
} catch (const SQLite::Exception& error) {
  if (error.getErrorCode() != SQLITE_CORRUPT && error.getExtendedErrorCode() != SQLITE_IOERR_READ) throw;
  base::log::error("{}: the blocks before seq {} cannot be removed: {}", database_.getFilename(), begins_,
                   error.what());
  due_ = false;
}

}  // namespace broker
