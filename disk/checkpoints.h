// Checkpoints: moves the write-ahead log of one connection's database into the database file, and notices failures.
//
// SQLite's own automatic checkpoint discards its result. A checkpoint that fails for lack of room loses nothing: the
// log keeps everything, and the next checkpoint copies it again. Such a failure is counted, and logged at most once a
// second. After a failed sync nobody knows what is on the disk, and SQLite would trust the next sync. So the commit
// that caused the checkpoint fails then, although it is in the log, and closing the connection does not move the log.
// The process must end; the next opening writes the log again (durable.h).
// Lifetime: within that of the database; not moved. Threads: the connection's; failed() from any.
// Tests: tests/disk/checkpoints_test.cpp.
#pragma once

#include <SQLiteCpp/Database.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "base/log.h"

struct sqlite3;

namespace disk {

class Checkpoints {
 public:
  // Makes a checkpoint after each commit that leaves `pages` or more in the log.
  Checkpoints(SQLite::Database& database, int pages);
  ~Checkpoints();
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;

  // Makes a checkpoint now. Returns true if everything committed is in the file, and log and file are synced. Returns
  // false if a reader was in the way or there was no room. Throws SQLite::Exception if a sync failed.
  bool move_all();
  // The number of failed checkpoints.
  std::uint64_t failed() const { return failed_; }

 private:
  static int after_commit(void* self, sqlite3* database, const char* name, int pages);
  // Returns SQLITE_OK unless a sync failed. Sets `all` to the value that move_all() returns.
  int move(bool& all);
  int on_failure(int result);

  SQLite::Database& database_;
  const int pages_;
  std::atomic<std::uint64_t> failed_{0};
  base::log::Throttle throttle_;
};

}  // namespace disk
