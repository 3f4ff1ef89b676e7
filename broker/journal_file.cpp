#include "broker/journal_file.h"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "base/random.h"
#include "disk/durable.h"
#include "msg/codec.h"

namespace broker {
namespace {

constexpr auto kTables = R"(
  CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), term INTEGER NOT NULL, control BLOB NOT NULL);
  CREATE TABLE blocks (no INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, bytes BLOB NOT NULL);
  CREATE UNIQUE INDEX blocks_by_last ON blocks (last);
)";

// Not damage: a newer program wrote the block.
struct Newer : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void refuse(const std::string& why) { throw std::runtime_error(why); }

int pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(std::string("PRAGMA ") + name).getInt();
}

void set_up(SQLite::Database& database, const std::filesystem::path& file) {
  database.setBusyTimeout(2000);  // an audit may read sometimes, but never holds the file for long
  const int id = pragma(database, "application_id");
  const int version = pragma(database, "user_version");
  const bool fresh = id == 0 && version == 0 && pragma(database, "schema_version") == 0;
  if (!fresh && id != kJournalId) {
    refuse(fmt::format("{} is not a journal of pygmy: choose another data directory", file.string()));
  }
  if (!fresh && version != kJournalFormat) {
    refuse(fmt::format("{} has format {}, this program knows format {}: use the pygmy that wrote it, or a newer one",
                       file.string(), version, kJournalFormat));
  }
  if (fresh) database.exec("PRAGMA auto_vacuum = INCREMENTAL");  // trimmed pages are given back to the file system
  if (database.execAndGet("PRAGMA journal_mode = WAL").getString() != "wal") {
    refuse(fmt::format("{}: this file system does not let SQLite use its write-ahead log: choose a local directory",
                       file.string()));
  }
  database.exec("PRAGMA synchronous = FULL");
  if (!fresh) return;
  SQLite::Transaction transaction(database);
  database.exec(kTables);
  SQLite::Statement insert(database, "INSERT INTO meta VALUES (1, 0, ?)");
  const auto control = msg::encoded(msg::Control{});
  insert.bind(1, control.data(), static_cast<int>(control.size()));
  insert.exec();
  database.exec(fmt::format("PRAGMA application_id = {}", kJournalId));
  database.exec(fmt::format("PRAGMA user_version = {}", kJournalFormat));
  transaction.commit();
}

std::string_view blob(const SQLite::Column& column) {
  return {static_cast<const char*>(column.getBlob()), static_cast<std::size_t>(column.getBytes())};
}

struct Meta {
  base::Term term;
  msg::Control control;
};

Meta read_meta(SQLite::Database& database) {
  SQLite::Statement select(database, "SELECT term, control FROM meta WHERE id = 1");
  if (!select.executeStep()) refuse("its table meta is empty");
  auto control = msg::decode<msg::Control>(blob(select.getColumn(1)));
  if (!control) refuse("its control record cannot be read: " + control.error().message);
  return {base::Term(static_cast<std::uint64_t>(select.getColumn(0).getInt64())), std::move(*control)};
}

// Checks one row. `after` is the next block, which was checked before.
msg::Block check(SQLite::Statement& row, const std::optional<msg::Block>& after) {
  const auto no = row.getColumn(0).getInt64();
  auto block = msg::decode_block(blob(row.getColumn(3)));
  if (!block && msg::newer_version(blob(row.getColumn(3)))) throw Newer(block.error().message);
  if (!block) refuse(fmt::format("block {}: {}", no, block.error().message));
  const auto is = [&](int column, std::uint64_t value) {
    return static_cast<std::uint64_t>(row.getColumn(column).getInt64()) == value;
  };
  if (!is(0, block->no.value()) || !is(1, block->first.value()) || !is(2, block->last().value())) {
    refuse(fmt::format("block {} is not where it belongs", no));
  }
  const bool joins = !after || (after->no == block->no.next() && after->first == block->last().next() &&
                                after->prev.bytes == block->hash.bytes);
  if (!joins) refuse(fmt::format("block {} does not follow block {}", after->no, no));
  return std::move(*block);
}

// The first seq that is kept. If the first block cannot be read, the index still has its number and its last seq.
base::Seq begins_of(SQLite::Database& database) {
  const auto seq = [](const SQLite::Column& column) {
    return base::Seq(static_cast<std::uint64_t>(column.getInt64()));
  };
  try {
    SQLite::Statement first(database, "SELECT first FROM blocks ORDER BY no LIMIT 1");
    return first.executeStep() ? seq(first.getColumn(0)) : base::Seq(1);
  } catch (const SQLite::Exception&) {
    SQLite::Statement first(database, "SELECT no, last FROM blocks ORDER BY last LIMIT 1");
    if (!first.executeStep()) throw;
    return first.getColumn(0).getInt64() == 1 ? base::Seq(1) : seq(first.getColumn(1));
  }
}

Tail verified_blocks(SQLite::Database& database, int verify_blocks) {
  Tail tail;
  SQLite::Statement select(database, "SELECT no, first, last, bytes FROM blocks ORDER BY no DESC LIMIT ?");
  select.bind(1, verify_blocks);
  std::optional<msg::Block> earliest;
  while (select.executeStep()) {
    auto block = check(select, earliest);
    if (!earliest) {
      tail = tail_at(block);
      tail.control.epoch = block.epoch;
    }
    earliest = std::move(block);
  }
  const bool begins = !earliest || earliest->no.value() != 1 ||
                      (earliest->first.value() == 1 && earliest->prev.bytes == msg::no_hash());
  if (!begins) refuse("its first block does not begin a stream");
  tail.begins = begins_of(database);
  return tail;
}

Tail verified(SQLite::Database& database, const Meta& meta, int verify_blocks) {
  Tail tail = verified_blocks(database, verify_blocks);
  if (!tail.block && !meta.control.store.empty()) refuse("its blocks are gone");
  if (tail.control.epoch != meta.control.epoch) refuse("its control record is not that of its last block");
  tail.term = meta.term;
  tail.control = meta.control;
  return tail;
}

[[noreturn]] void unsound(const std::filesystem::path& file, const std::exception& error) {
  const bool newer = dynamic_cast<const Newer*>(&error) != nullptr;
  refuse(fmt::format("{} {}: {}{}", file.string(), newer ? "cannot be read" : "is damaged", error.what(),
                     newer ? "" : "; restore it from a backup"));
}

}  // namespace

SQLite::Database open_journal(const std::filesystem::path& file) {
  disk::write_database_again(file);
  try {
    SQLite::Database database(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    set_up(database, file);
    // Makes the files' names durable. SQLite does so, too, but ignores a failure.
    disk::sync(std::filesystem::absolute(file).parent_path());
    return database;
  } catch (const SQLite::Exception& error) {
    refuse(fmt::format("{} cannot be opened as a journal of pygmy: {}", file.string(), error.what()));
  }
}

Tail check_journal(SQLite::Database& database, const std::filesystem::path& file, int verify_blocks) {
  try {
    return verified(database, read_meta(database), verify_blocks);
  } catch (const std::exception& error) {
    unsound(file, error);
  }
}

Tail check_blocks(SQLite::Database& database, const std::filesystem::path& file, int verify_blocks) {
  try {
    auto tail = verified_blocks(database, verify_blocks);
    tail.control.store = read_meta(database).control.store;
    return tail;
  } catch (const std::exception& error) {
    unsound(file, error);
  }
}

void keep_control(SQLite::Database& database, const msg::Control& control) {
  SQLite::Statement update(database, "UPDATE meta SET control = ? WHERE id = 1");
  const auto bytes = msg::encoded(control);
  update.bind(1, bytes.data(), static_cast<int>(bytes.size()));
  update.exec();
}

std::string disk_of(SQLite::Database& database, const std::filesystem::path& file) {
  try {
    SQLite::Transaction transaction(database);
    database.exec("CREATE TABLE IF NOT EXISTS disk (id TEXT NOT NULL)");  // an older release ignores it
    SQLite::Statement select(database, "SELECT id FROM disk");
    if (select.executeStep()) return select.getColumn(0).getString();
    SQLite::Statement insert(database, "INSERT INTO disk VALUES (?)");
    const auto id = base::new_key();
    insert.bind(1, id);
    insert.exec();
    transaction.commit();
    return id;
  } catch (const std::exception& error) {
    refuse(fmt::format("{} cannot be written: {}", file.string(), error.what()));
  }
}

base::Term raise_term(SQLite::Database& database, const std::filesystem::path& file, base::Term last) {
  try {
    SQLite::Statement update(database, "UPDATE meta SET term = ? WHERE id = 1");
    update.bind(1, static_cast<std::int64_t>(last.next().value()));
    update.exec();
    return last.next();
  } catch (const std::exception& error) {
    refuse(fmt::format("{} cannot be written: {}", file.string(), error.what()));
  }
}

}  // namespace broker
