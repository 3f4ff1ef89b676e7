// A view's SQLite file: opens it safely, and runs its statements. The views' only door to SQLite. The broker's journal
// has other needs (FULL durability, never rebuilt) and opens its own file.
//
// When a view of an older format is opened, it is upgraded to ours step by step, in one transaction. A new file is made
// in the same way, so it equals an upgraded one. A newer format, a format too old for the steps, a file of another
// program, and a file that cannot be opened are refused with one line (TRAPS 15). A damaged file is Damaged, because a
// view can always be rebuilt from the stream.
// Threads: a file and its statements belong to one thread.
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

// SQL from each format to the next. A released step never changes. Once no file needs the first steps, they may become
// part of the schema.
using Steps = std::span<const char* const>;

struct FileKind {
  std::int32_t application_id;
  int first;           // the format (user_version) that `schema` makes
  const char* schema;  // the role's own tables; run once, in a new file
  Steps steps = {};    // steps[i]: from format first + i

  int format() const { return first + static_cast<int>(steps.size()); }
};

inline constexpr std::uint64_t kCacheBytes = 64 * 1024 * 1024;  // for the frequently used part of the indexes

// Opens the database and brings it to the kind's format; WAL, synchronous=NORMAL. Its content is on the medium: what an
// earlier process left in the log is written again (ADR 21). Throws std::runtime_error. Others may read the file, as
// SnapshotMaker does. The lock of its directory (base::FileLock) makes sure that one process writes.
std::unique_ptr<SQLite::Database> open_view(const std::string& path, const FileKind& kind);

// The file is a view's file or has no readable content, and it cannot be used. The replica must put it aside and make
// the view anew (aside.h).
struct Damaged : std::runtime_error {
  using std::runtime_error::runtime_error;
};
[[noreturn]] void refuse_damaged(const std::string& path, const std::string& what);
// Returns a description of the damage if `error` says that the view's file is damaged. `error` is a Damaged or comes
// from any call to SQLite.
std::optional<std::string> damage_in(const std::exception& error);
// Translates an error of opening the file: it throws Damaged, or a std::runtime_error with one line for an operator.
[[noreturn]] void refuse_opening(const std::string& path, const SQLite::Exception& error);

// SQLite's integers are signed; from_sql gives back the ids and digests that to_sql took.
inline std::int64_t to_sql(std::uint64_t value) { return static_cast<std::int64_t>(value); }
inline std::uint64_t from_sql(const SQLite::Column& column) { return static_cast<std::uint64_t>(column.getInt64()); }
// For comparisons: a number beyond SQLite's range is greater than all stored numbers.
inline std::int64_t bound_to_sql(std::uint64_t value) {
  return value > static_cast<std::uint64_t>(INT64_MAX) ? INT64_MAX : static_cast<std::int64_t>(value);
}
// The bytes of a text or a blob; valid until the statement steps.
inline std::string_view bytes_of(const SQLite::Column& column) {
  const auto* bytes = static_cast<const char*>(column.getBlob());
  return {bytes, bytes ? static_cast<std::size_t>(column.getBytes()) : 0};
}

// A prepared statement in use. It is reset when the scope ends, so that it holds no lock and no bound pointers.
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
