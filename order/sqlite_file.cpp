#include "order/sqlite_file.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <stdexcept>

#include "order/sqlite_store.h"

namespace order {
namespace {

constexpr const char* kSchema = R"sql(
CREATE TABLE meta(
  one INTEGER PRIMARY KEY CHECK(one = 1),
  store TEXT NOT NULL, applied INTEGER NOT NULL, block INTEGER NOT NULL, hash BLOB NOT NULL, at INTEGER NOT NULL,
  last_order INTEGER NOT NULL, orders_digest INTEGER NOT NULL);
CREATE TABLE items(
  id INTEGER PRIMARY KEY,
  title TEXT NOT NULL, topic TEXT NOT NULL, price INTEGER NOT NULL, stock INTEGER NOT NULL, version INTEGER NOT NULL);
CREATE TABLE orders(no INTEGER PRIMARY KEY, customer TEXT NOT NULL, at INTEGER NOT NULL, bytes BLOB NOT NULL);
-- Orders without a customer are never asked for by customer, and the page of a popular index costs more than its use.
CREATE INDEX orders_by_customer ON orders(customer, no) WHERE customer <> '';
CREATE TABLE keys(
  key TEXT PRIMARY KEY,
  kind INTEGER NOT NULL, seq INTEGER NOT NULL, req INTEGER NOT NULL, no INTEGER NOT NULL, item INTEGER NOT NULL)
  WITHOUT ROWID;
)sql";

[[noreturn]] void refuse(const std::string& path, const std::string& why) {
  throw std::runtime_error(fmt::format("{}: {}", path, why));
}

std::int64_t number(SQLite::Database& db, const char* query) { return db.execAndGet(query).getInt64(); }

bool is_empty(SQLite::Database& db) { return number(db, "SELECT count(*) FROM sqlite_schema") == 0; }

void check_it_is_ours(SQLite::Database& db, const std::string& path) {
  if (number(db, "PRAGMA application_id") != SqliteStore::kApplicationId) {
    refuse(path, "is a database of another program; move it away or choose another data directory");
  }
  const auto format = number(db, "PRAGMA user_version");
  if (format > SqliteStore::kFormat) {
    refuse(path, fmt::format("has format {}, this program knows {}: use the newer pygmy that wrote it, or remove the "
                             "file so that it is built anew from the stream",
                             format, SqliteStore::kFormat));
  }
  if (format < SqliteStore::kFormat) {
    refuse(path, fmt::format("has format {}, this program needs {}: remove the file so that it is built anew from the "
                             "stream",
                             format, SqliteStore::kFormat));
  }
}

void create(SQLite::Database& db) {
  SQLite::Transaction transaction(db);
  db.exec(kSchema);
  db.exec(fmt::format("PRAGMA application_id = {}", SqliteStore::kApplicationId));
  db.exec(fmt::format("PRAGMA user_version = {}", SqliteStore::kFormat));
  transaction.commit();
}

void configure(SQLite::Database& db) {
  db.exec("PRAGMA journal_mode = WAL");
  db.exec("PRAGMA synchronous = NORMAL");
  db.exec("PRAGMA wal_autocheckpoint = 16000");  // pages: 64 MB; random keys dirty the same pages again and again
  db.exec("PRAGMA cache_size = -65536");         // KiB: the warm part of the index of the keys
  db.exec("PRAGMA temp_store = MEMORY");
  db.exec("BEGIN IMMEDIATE");  // takes the lock, and keeps it: the mode is exclusive
  db.exec("COMMIT");
}

std::string what_to_do(const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_NOTADB:
      return "is not a database; move it away or choose another data directory";
    case SQLITE_CORRUPT:
      return fmt::format("is damaged ({}); remove it so that it is built anew from the stream", error.what());
    case SQLITE_BUSY:
      return "is in use by another process; is this replica running already?";
    case SQLITE_CANTOPEN:
      return "cannot be opened; does its directory exist, and may this user write there?";
    case SQLITE_READONLY:
      return "cannot be written; may this user write there?";
    default:
      return error.what();
  }
}

}  // namespace

std::unique_ptr<SQLite::Database> open_order_db(const std::string& path) {
  constexpr int kBusyMs = 1000;
  try {
    auto db = std::make_unique<SQLite::Database>(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMs);
    db->exec(
        "PRAGMA locking_mode = EXCLUSIVE");  // before anything is read: the WAL's index then needs no shared memory
    const bool is_new = is_empty(*db) && number(*db, "PRAGMA application_id") == 0;
    if (!is_new) check_it_is_ours(*db, path);
    configure(*db);
    if (is_new) create(*db);
    return db;
  } catch (const SQLite::Exception& error) {
    refuse(path, what_to_do(error));
  }
}

}  // namespace order
