#include "storage/view_file.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>

#include "base/log.h"
#include "disk/durable.h"

namespace storage {
namespace {

// The tables of every view. The collation of titles and topics is of the first release; nothing compares them here.
constexpr const char* kCommonSchema = R"sql(
CREATE TABLE position(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  store TEXT NOT NULL, applied INTEGER NOT NULL, block INTEGER NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL);
CREATE TABLE items(
  id INTEGER PRIMARY KEY, title TEXT NOT NULL COLLATE NOCASE, topic TEXT NOT NULL COLLATE NOCASE,
  price INTEGER NOT NULL, stock INTEGER NOT NULL, version INTEGER NOT NULL);
)sql";

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error(fmt::format("{}: {}", path, why));
}

std::int64_t number(SQLite::Database& db, const char* query) { return db.execAndGet(query).getInt64(); }

void check_it_is_ours(SQLite::Database& db, const std::string& path, const FileKind& kind) {
  if (number(db, "PRAGMA application_id") != kind.application_id) {
    refuse(path, "is a database of another program; move it away or choose another data directory");
  }
  const auto format = number(db, "PRAGMA user_version");
  if (format > kind.format()) {
    refuse(path, fmt::format("has format {}, this program knows {}: use the newer pygmy that wrote it, or remove the "
                             "file so that it is built anew from the stream",
                             format, kind.format()));
  }
  if (format < kind.first) {
    refuse(path, fmt::format("has format {}, this program needs {} at least: remove the file so that it is built anew "
                             "from the stream",
                             format, kind.first));
  }
}

void take_steps(SQLite::Database& db, const FileKind& kind, int from) {
  for (const auto* step : kind.steps.subspan(static_cast<std::size_t>(from - kind.first))) db.exec(step);
  db.exec(fmt::format("PRAGMA user_version = {}", kind.format()));
}

void bring_up(SQLite::Database& db, const std::string& path, const FileKind& kind) {
  const auto from = static_cast<int>(number(db, "PRAGMA user_version"));
  if (from == kind.format()) return;
  try {
    SQLite::Transaction transaction(db);
    take_steps(db, kind, from);
    transaction.commit();
  } catch (const SQLite::Exception& error) {
    refuse(path,
           fmt::format("cannot be brought from format {} to {} ({}): make room on the disk, or remove the file so "
                       "that it is built anew from the stream",
                       from, kind.format(), error.what()));
  }
  base::log::info("{}: brought from format {} to {}", path, from, kind.format());
}

void create(SQLite::Database& db, const FileKind& kind) {
  SQLite::Transaction transaction(db);
  db.exec(kCommonSchema);
  db.exec(kind.schema);
  db.exec(fmt::format("PRAGMA application_id = {}", kind.application_id));
  take_steps(db, kind, kind.first);
  transaction.commit();
}

void configure(SQLite::Database& db) {
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = NORMAL");
  db.exec(fmt::format("PRAGMA cache_size = -{}", kCacheBytes / 1024));  // in KiB
  db.exec("PRAGMA temp_store = MEMORY");
}

// While a file is opened, SQLITE_ERROR says that a table or a column is missing.
bool is_damage(const SQLite::Exception& error, bool while_opening) {
  const int code = error.getErrorCode();
  return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || (while_opening && code == SQLITE_ERROR);
}

std::string what_to_do(const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_BUSY:
      return "another program writes to it; stop that program, because only its replica may write a view";
    case SQLITE_CANTOPEN:
      return "cannot be opened; does its directory exist, and may this user write there?";
    case SQLITE_READONLY:
      return "cannot be written; may this user write there?";
    default:
      return error.what();
  }
}

}  // namespace

void refuse_damaged(const std::string& path, const std::string& what) {
  throw Damaged(fmt::format("{} is damaged ({})", path, what));
}

std::optional<std::string> damage_in(const std::exception& error) {
  const auto* sqlite = dynamic_cast<const SQLite::Exception*>(&error);
  const bool is = sqlite ? is_damage(*sqlite, false) : dynamic_cast<const Damaged*>(&error) != nullptr;
  return is ? std::optional(std::string(error.what())) : std::nullopt;
}

void refuse_opening(const std::string& path, const SQLite::Exception& error) {
  if (is_damage(error, true)) refuse_damaged(path, error.what());
  refuse(path, what_to_do(error));
}

std::unique_ptr<SQLite::Database> open_view(const std::string& path, const FileKind& kind) {
  constexpr int kBusyMs = 1000;
  // Only the replica's thread uses this connection, so SQLite takes no mutex in each of its calls.
  const int flags = SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX;
  disk::write_database_again(path);
  try {
    auto db = std::make_unique<SQLite::Database>(path, flags, kBusyMs);
    const bool is_empty = number(*db, "SELECT count(*) FROM sqlite_schema") == 0;
    const bool is_new = is_empty && number(*db, "PRAGMA application_id") == 0;
    if (!is_new) check_it_is_ours(*db, path, kind);
    configure(*db);
    if (is_new) {
      create(*db, kind);
    } else {
      bring_up(*db, path, kind);
    }
    return db;
  } catch (const SQLite::Exception& error) {
    refuse_opening(path, error);
  }
}

}  // namespace storage
