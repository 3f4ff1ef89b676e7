#include "disk/checkpoints.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace disk {

Checkpoints::Checkpoints(SQLite::Database& database, int pages) : database_(database), pages_(pages) {
  sqlite3_wal_hook(database_.getHandle(), after_commit, this);  // replaces SQLite's own hook
}

Checkpoints::~Checkpoints() { sqlite3_wal_hook(database_.getHandle(), nullptr, nullptr); }

int Checkpoints::after_commit(void* self, sqlite3*, const char*, int pages) {
  auto& checkpoints = *static_cast<Checkpoints*>(self);
  bool all = false;
  return pages < checkpoints.pages_ ? SQLITE_OK : checkpoints.move(all);
}

bool Checkpoints::move_all() {
  bool all = false;
  const int result = move(all);
  if (result != SQLITE_OK) throw SQLite::Exception(database_.getHandle(), result);
  return all;
}

int Checkpoints::move(bool& all) {
  int frames = 0;
  int moved = 0;
  const int result =
      sqlite3_wal_checkpoint_v2(database_.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &frames, &moved);
  all = result == SQLITE_OK && frames == moved;
  // Busy: another connection is making a checkpoint. That is not a fault and loses nothing.
  return result == SQLITE_OK || result == SQLITE_BUSY ? SQLITE_OK : on_failure(result);
}

int Checkpoints::on_failure(int result) {
  auto* handle = database_.getHandle();
  const int why = sqlite3_extended_errcode(handle);
  ++failed_;
  if (why == SQLITE_IOERR_FSYNC || why == SQLITE_IOERR_DIR_FSYNC) {
    base::log::error("{}: the sync of a checkpoint failed: {}", database_.getFilename(), sqlite3_errmsg(handle));
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    return result;
  }
  if (throttle_.pass(base::now().mono)) {
    base::log::warn("{}: a checkpoint failed: {}. The log grows until one succeeds; nothing is lost",
                    database_.getFilename(), sqlite3_errmsg(handle));
  }
  return SQLITE_OK;
}

}  // namespace disk
