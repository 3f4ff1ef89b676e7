// A view's SQLite file: opening it safely, and using its statements. The views' only door to SQLite; the broker's
// journal, whose needs are others (FULL durability, never rebuilt), opens its own.
//
// A view of an older format is brought up to ours when it is opened, step by step, all in one transaction. A new file
// is made in the same way, so that it cannot be told from one that was brought up. A newer format, one too old for the
// steps there are, a file of another program, or one that cannot be opened is refused with one line (TRAPS 15). A file
// that is damaged is Damaged: a view can always be made anew from the stream.
// Threads: a file and its statements are one thread's.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace storage {

// SQL from one format to the next. A step stays as it is once it was released; when the files that want the first ones
// are gone, those may become part of the schema.
using Steps = std::span<const char* const>;

struct FileKind {
  std::int32_t application_id;
  int first;           // the format, user_version, that `schema` makes
  const char* schema;  // of the role's own tables; run once, in a new file
  Steps steps = {};    // steps[i]: from format first + i

  int format() const { return first + static_cast<int>(steps.size()); }
};

// The database, with its tables in it; WAL, synchronous=NORMAL. All that it holds is on the medium: what an earlier
// process left in the log is written again (ADR 21). Throws std::runtime_error.
// Others may read it, as SnapshotMaker does; that one process writes is the lock of its directory (base::FileLock).
std::unique_ptr<SQLite::Database> open_view(const std::string& path, const FileKind& kind);

// The file is a view's, or none at all, and cannot be used: it is to be put aside, and the view made anew (aside.h).
struct Damaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void refuse_damaged(const std::string& path, const std::string& what);
// What is wrong with the view's file if `error` says that it is damaged: ours, or thrown by SQLite from any call.
std::optional<std::string> damage_in(const std::exception& error);
// Of an exception while it is opened: Damaged, or a line for the person who has to act on it.
[[noreturn]] void refuse_opening(const std::string& path, const SQLite::Exception& error);

// SQLite's integers are signed; ids and digests come back as they went in.
inline std::int64_t to_sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }
inline std::uint64_t from_sql(const SQLite::Column& column) { return static_cast<std::uint64_t>(column.getInt64()); }
// For comparing: a number past what SQLite can hold is greater than all that are stored.
inline std::int64_t bound_to_sql(std::uint64_t value) {
  return value > static_cast<std::uint64_t>(INT64_MAX) ? INT64_MAX : static_cast<std::int64_t>(value);
}
// Of a text or a blob; valid until the statement steps.
inline std::string_view bytes_of(const SQLite::Column& column) {
  const auto* bytes = static_cast<const char*>(column.getBlob());
  return {bytes, bytes ? static_cast<std::size_t>(column.getBytes()) : 0};
}

// A prepared statement, ready again when the scope ends, so that it holds no lock and no bound pointers.
class Use {
 public:
  explicit Use(SQLite::Statement& statement) : statement_(statement) {}
  ~Use() {
    statement_.tryReset();
    statement_.clearBindings();
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  SQLite::Statement* operator->() { return &statement_; }
  SQLite::Column column(int index) { return statement_.getColumn(index); }
  void blob(int index, const std::string& bytes) {
    statement_.bindNoCopy(index, bytes.data(), static_cast<int>(bytes.size()));
  }

 private:
  SQLite::Statement& statement_;
};

}  // namespace storage
