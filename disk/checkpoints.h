// Checkpoints: moves the write-ahead log of a connection's database into the database file, on a thread of its own, and
// notices failures.
//
// A checkpoint of a long log takes tens of milliseconds. The thread has a connection of its own, so commits go on
// during a checkpoint. SQLite starts the log from its beginning again only in a transaction that begins after a
// checkpoint that has moved all of it. If commits came during a checkpoint, the thread makes another one at once, but
// only a few times. If a commit comes after that and the log has not started over (commits come too often, or a
// transaction was open when the thread ended), that commit moves the rest itself, which takes a short time. A commit
// wants no checkpoint while one is under way: the thread would never be done, and the log would grow as long as such
// commits come.
//
// SQLite's own automatic checkpoint discards its result. A checkpoint that finds no room loses nothing, because the log
// keeps everything and the next checkpoint copies it again. Such a failure is counted, and logged at most once a
// second. After a failed sync, the content of the disk is unknown, and SQLite would trust the next sync. So the next
// commit fails, although it is in the log, and closing the connection does not move the log. The process must end; the
// next process writes the log again (durable.h). Lifetime: within that of the database; not moved. Threads: that of the
// connection; failed() from any. Tests: tests/disk/checkpoints_test.cpp.
#pragma once

#include <SQLiteCpp/Database.h>

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/log.h"

struct sqlite3;

namespace disk {

class Checkpoints {
 public:
  // Moves the log each time that a commit leaves `pages` more in it. A commit moves the rest of a log of `most` pages.
  Checkpoints(SQLite::Database& database, int pages, int most);
  Checkpoints(SQLite::Database& database, int pages) : Checkpoints(database, pages, pages) {}
  ~Checkpoints();
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;

  // Begins a checkpoint of everything committed so far. Call it again only after that checkpoint has ended.
  void begin();
  // Returns nothing until that checkpoint has ended. Then it returns true if everything committed before begin() is in
  // the file, and log and file are synced. It returns false if a reader was in the way or there was no room. Throws
  // SQLite::Exception if a sync failed.
  std::optional<bool> ended();
  // Waits until no checkpoint is wanted or under way.
  void wait();
  // The number of failed checkpoints.
  std::uint64_t failed() const { return failed_; }

 private:
  struct Moved {
    int result;
    int pages;  // in the log when the checkpoint began
    int moved;
  };
  struct Ended {
    bool all;        // as ended() returns it
    bool succeeded;  // and no commit has moved the rest since
    int pages;       // in the log
  };

  static int after_commit(void* self, sqlite3* database, const char* name, int pages);
  int on_commit(int pages);
  void want();
  void work();
  Ended move_in_background();
  Moved move(SQLite::Database& database);
  void on_failure(int result, SQLite::Database& database);

  SQLite::Database& database_;
  SQLite::Database own_;  // the thread's connection
  const int pages_;
  const int most_;
  int asked_at_ = 0;  // pages in the log when a checkpoint was wanted last
  std::atomic<std::uint64_t> failed_{0};
  std::atomic<int> fault_;        // the result of a failed sync; SQLITE_OK: none
  base::log::Throttle throttle_;  // of the thread, or of a commit while the thread has nothing to do

  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t wanted_ = 0;  // number of checkpoints
  std::uint64_t made_ = 0;
  std::uint64_t begun_ = 0;  // number of the checkpoint that begin() wanted
  Ended ended_{};            // of the last checkpoint that was made
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace disk
