// Checkpoints: moves the write-ahead log of one connection's database into the file, and sees when that fails.
//
// SQLite's own automatic checkpoint throws its result away. A checkpoint that fails for want of room loses nothing: the
// log keeps all, and the next one copies it again; that is logged, at most once a second, and counted. After a sync
// that failed it is not known what is on the disk, and SQLite would take the next one for its word: the commit that set
// the checkpoint off fails then, although it is in the log, and the log is not moved when the connection is closed. The
// process is to end; at the next opening the log is written again (durable.h).
//
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
  // One after each commit that leaves `pages` or more in the log.
  Checkpoints(SQLite::Database& database, int pages);
  ~Checkpoints();
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;

  // Now. True: all that was committed is in the file, both synced. False: a reader was in the way, or there was no
  // room. Throws SQLite::Exception if a sync failed.
  bool move_all();
  // So many checkpoints failed.
  std::uint64_t failed() const { return failed_; }

 private:
  static int after_commit(void* self, sqlite3* database, const char* name, int pages);
  // SQLITE_OK but for a sync that failed; `all` as move_all().
  int move(bool& all);
  int on_failure(int result);

  SQLite::Database& database_;
  const int pages_;
  std::atomic<std::uint64_t> failed_{0};
  base::log::Throttle throttle_;
};

}  // namespace disk
