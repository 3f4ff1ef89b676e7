#include "backup/archive.h"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>

#include <optional>
#include <stdexcept>

#include "broker/block_rows.h"
#include "broker/journal_file.h"
#include "disk/durable.h"

namespace backup {
namespace {

constexpr int kApplicationId = 0x5059424b;  // "PYBK"
constexpr int kVersion = 1;
constexpr int kBusyMs = 10'000;  // a reader releases its lock between two pages

constexpr auto kTables =
    "CREATE TABLE blocks (no INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, "
    "bytes BLOB NOT NULL)";

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw std::runtime_error(fmt::format("{}: {}", file.string(), why));
}

int pragma(SQLite::Database& database, const char* name) {
  return database.execAndGet(std::string("PRAGMA ") + name).getInt();
}

std::uint64_t from_sql(const SQLite::Column& column) { return static_cast<std::uint64_t>(column.getInt64()); }

void make_tables(SQLite::Database& database) {
  SQLite::Transaction transaction(database);
  database.exec(kTables);
  database.exec(fmt::format("PRAGMA application_id = {}", kApplicationId));
  database.exec(fmt::format("PRAGMA user_version = {}", kVersion));
  transaction.commit();
}

void set_up(SQLite::Database& database, const std::filesystem::path& file, Archive::Mode mode) {
  const int id = pragma(database, "application_id");
  const int version = pragma(database, "user_version");
  const bool fresh = id == 0 && version == 0 && pragma(database, "schema_version") == 0;
  // EXTRA also syncs the removal of the rollback journal. If a power cut restored it, the blocks would be rolled back.
  if (mode == Archive::Mode::kAppend) database.exec("PRAGMA synchronous = EXTRA");
  if (fresh && mode == Archive::Mode::kAppend) return make_tables(database);
  const bool broker = mode == Archive::Mode::kBroker;
  if (id != (broker ? broker::kJournalId : kApplicationId)) {
    refuse(file, "is not an archive of pygmy: choose another directory");
  }
  if (const int known = broker ? broker::kJournalFormat : kVersion; version != known) {
    refuse(file, fmt::format("has format {}, this program knows format {}: use the pygmy that wrote it, or a newer one",
                             version, known));
  }
}

// Opens a backup for writing even to read it, because SQLite must roll back what a killed backup has left half written.
int flags(Archive::Mode mode) {
  if (mode == Archive::Mode::kBroker) return SQLite::OPEN_READONLY;
  return SQLite::OPEN_READWRITE | (mode == Archive::Mode::kAppend ? SQLite::OPEN_CREATE : 0);
}

SQLite::Database opened(const std::filesystem::path& file, Archive::Mode mode) {
  // The manifest will list the whole file. If the directory was copied, parts may not be on the disk yet.
  if (mode == Archive::Mode::kAppend && std::filesystem::exists(file)) disk::sync(file);
  try {
    SQLite::Database database(file.string(), flags(mode), kBusyMs);
    set_up(database, file, mode);
    return database;
  } catch (const SQLite::Exception& error) {
    refuse(file, fmt::format("cannot be opened as an archive of pygmy: {}", error.what()));
  }
}

// Ends the reading of a statement, after an error, too: its transaction would block a backup that writes, and its next
// reading would begin where this one stopped. reset() would throw the error once more.
class Reading {
 public:
  explicit Reading(SQLite::Statement& statement) : statement_(statement) {}
  ~Reading() { statement_.tryReset(); }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

 private:
  SQLite::Statement& statement_;
};

}  // namespace

class Archive::Impl {
 public:
  Impl(std::filesystem::path file, Mode mode)
      : file_(std::move(file)),
        database_(opened(file_, mode)),
        insert_(database_),
        select_(database_, "SELECT no, first, last, bytes FROM blocks WHERE no > ? ORDER BY no"),
        last_(database_, "SELECT bytes FROM blocks ORDER BY no DESC LIMIT 1") {}

  base::Result<End> end() {
    if (end_) return *end_;
    const Reading reading(last_);
    try {
      End end;
      if (last_.executeStep()) {
        const auto block = msg::decode_block(bytes_of(last_.getColumn(0)));
        if (!block) return base::fail(fmt::format("its last block cannot be read: {}", block.error().message));
        end = {block->no, block->last(), block->hash.bytes};
      }
      end_ = end;
      return end;
    } catch (const SQLite::Exception& error) {
      return base::fail(fmt::format("its end cannot be read: {}", error.what()));
    }
  }

  base::Result<void> append(const std::vector<base::BytesView>& blocks) {
    const auto before = end();
    if (!before) return base::fail(before.error().message);
    End end = *before;
    try {
      SQLite::Transaction transaction(database_);
      for (const auto bytes : blocks) {
        auto after = insert(end, bytes);
        if (!after) return base::fail(after.error().message);
        end = std::move(*after);
      }
      transaction.commit();
    } catch (const SQLite::Exception& error) {
      refuse(file_, fmt::format("cannot be written: {}", error.what()));
    }
    end_ = end;
    return {};
  }

  base::Result<std::vector<Row>> read(base::BlockNo after, std::size_t bytes_max) {
    std::vector<Row> rows;
    std::size_t bytes = 0;
    const Reading reading(select_);
    try {
      select_.bind(1, static_cast<std::int64_t>(after.value()));
      while (bytes < bytes_max && select_.executeStep()) {
        rows.push_back({base::BlockNo(from_sql(select_.getColumn(0))), base::Seq(from_sql(select_.getColumn(1))),
                        base::Seq(from_sql(select_.getColumn(2))), base::Bytes(bytes_of(select_.getColumn(3)))});
        bytes += rows.back().bytes.size();
      }
    } catch (const SQLite::Exception& error) {
      if (rows.empty()) return base::fail(fmt::format("what follows block {} cannot be read: {}", after, error.what()));
    }
    return rows;
  }

 private:
  base::Result<End> insert(const End& end, base::BytesView bytes) {
    const auto block = msg::decode_block(bytes);
    if (!block) return base::fail(block.error().message);
    if (block->no != end.block.next() || block->first != end.last.next() || block->prev.bytes != end.hash) {
      return base::fail(fmt::format("block {} from seq {} does not follow block {}, which ends with seq {}", block->no,
                                    block->first, end.block, end.last));
    }
    insert_.insert(block->no, block->first, block->last(), bytes);
    return End{block->no, block->last(), block->hash.bytes};
  }

  static base::BytesView bytes_of(const SQLite::Column& column) {
    const auto* bytes = static_cast<const char*>(column.getBlob());
    return {bytes, bytes ? static_cast<std::size_t>(column.getBytes()) : 0};
  }

  const std::filesystem::path file_;
  SQLite::Database database_;
  broker::InsertRow insert_;
  SQLite::Statement select_;
  SQLite::Statement last_;
  std::optional<End> end_;
};

Archive::Archive(const std::filesystem::path& file, Mode mode) : impl_(std::make_unique<Impl>(file, mode)) {}
Archive::~Archive() = default;

base::Result<End> Archive::end() const { return impl_->end(); }
base::Result<void> Archive::append(const std::vector<base::BytesView>& blocks) { return impl_->append(blocks); }
base::Result<std::vector<Row>> Archive::read(base::BlockNo after, std::size_t bytes_max) const {
  return impl_->read(after, bytes_max);
}

}  // namespace backup
