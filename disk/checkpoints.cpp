#include "disk/checkpoints.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <utility>

namespace disk {
namespace {

constexpr int kRounds = 4;

// This connection neither moves nor removes the log: only the observed connection may do that.
void keep_log_on_close(SQLite::Database& database) {
  sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

}  // namespace

Checkpoints::Checkpoints(SQLite::Database& database, int pages, int most)
    : database_(database),
      own_(database.getFilename(), SQLite::OPEN_READWRITE),
      pages_(pages),
      most_(most),
      fault_(SQLITE_OK) {
  keep_log_on_close(own_);
  own_.exec("PRAGMA schema_version");  // a connection that has read nothing does not know of the log
  sqlite3_wal_hook(database_.getHandle(), after_commit, this);  // replaces SQLite's own hook
  thread_ = std::thread([this] { work(); });
}

Checkpoints::~Checkpoints() {
  {
    const std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  thread_.join();
  sqlite3_wal_hook(database_.getHandle(), nullptr, nullptr);
  if (fault_ != SQLITE_OK) keep_log_on_close(database_);
}

int Checkpoints::after_commit(void* self, sqlite3*, const char*, int pages) {
  return static_cast<Checkpoints*>(self)->on_commit(pages);
}

int Checkpoints::on_commit(int pages) {
  if (fault_ != SQLITE_OK) return fault_;
  if (pages < asked_at_) asked_at_ = 0;  // the log has begun anew
  const std::lock_guard lock(mutex_);
  if (wanted_ != made_) return SQLITE_OK;  // the thread moves these pages too, or leaves a rest
  if (pages >= most_ && pages > ended_.pages && std::exchange(ended_.succeeded, false)) {
    move(database_);
    return fault_;
  }
  if (pages - asked_at_ >= pages_) {
    asked_at_ = pages;
    want();
  }
  return SQLITE_OK;
}

void Checkpoints::want() {
  ++wanted_;
  changed_.notify_all();
}

void Checkpoints::begin() {
  const std::lock_guard lock(mutex_);
  want();
  begun_ = wanted_;
}

std::optional<bool> Checkpoints::ended() {
  if (fault_ != SQLITE_OK) throw SQLite::Exception("the sync of a checkpoint failed", fault_);
  const std::lock_guard lock(mutex_);
  if (made_ < begun_) return std::nullopt;
  return ended_.all;
}

void Checkpoints::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return wanted_ == made_; });
}

void Checkpoints::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return closing_ || made_ < wanted_; });
    if (closing_) return;
    const auto making = wanted_;
    lock.unlock();
    const auto ended = move_in_background();
    lock.lock();
    made_ = making;
    ended_ = ended;
    changed_.notify_all();
  }
}

// After one round, everything committed before it is in the file, unless a reader is in the way. But the log starts
// from its beginning again only after a round that finds no more pages than the round before it.
Checkpoints::Ended Checkpoints::move_in_background() {
  Ended ended{};
  int before = -1;
  for (int round = 0; round < kRounds; ++round) {
    const auto moved = move(own_);
    ended.succeeded = moved.result == SQLITE_OK;
    ended.all |= ended.succeeded && moved.pages == moved.moved;
    ended.pages = moved.pages;
    if (!ended.succeeded || moved.pages == before) break;
    before = moved.pages;
  }
  return ended;
}

Checkpoints::Moved Checkpoints::move(SQLite::Database& database) {
  Moved moved{};
  const int result =
      sqlite3_wal_checkpoint_v2(database.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &moved.pages, &moved.moved);
  // Busy: another connection is making a checkpoint. That is not a fault and loses nothing.
  if (result != SQLITE_OK && result != SQLITE_BUSY) on_failure(result, database);
  moved.result = result;
  return moved;
}

void Checkpoints::on_failure(int result, SQLite::Database& database) {
  auto* handle = database.getHandle();
  const int why = sqlite3_extended_errcode(handle);
  const bool unsynced = why == SQLITE_IOERR_FSYNC || why == SQLITE_IOERR_DIR_FSYNC;
  if (unsynced) fault_ = result;
  ++failed_;
  if (unsynced) {
    base::log::error("{}: the sync of a checkpoint failed: {}", database.getFilename(), sqlite3_errmsg(handle));
    return;
  }
  if (throttle_.pass(base::now().mono)) {
    base::log::warn("{}: a checkpoint failed: {}. The log grows until one succeeds; nothing is lost",
                    database.getFilename(), sqlite3_errmsg(handle));
  }
}

}  // namespace disk
