// The data that every view of the stream keeps on disk: its position, the items with the digest that they must have,
// and whether the view has diverged.
//
// All puts go into one open transaction, which commit() ends together with the position. So reads of this connection
// see them at once, and after a crash the stream is replayed from the last commit. The stream is the truth, so WAL with
// synchronous=NORMAL is enough: a power cut may lose the last commits, never the file.
// Lifetime: statements on db() must be destroyed before the view. Threads: one.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "disk/checkpoints.h"
#include "disk/in_place.h"
#include "msg/types.h"
#include "storage/view_file.h"
#include "stream/position.h"

namespace storage {

// A step of every role: the table with the view's claim about its items, and the reason if it has diverged.
inline constexpr const char* kClaims = R"sql(
CREATE TABLE claims(one INTEGER PRIMARY KEY CHECK(one = 1), items_digest INTEGER, diverged TEXT);
INSERT INTO claims VALUES(1, NULL, NULL);
)sql";

// A step of every role with derived forms (View::derive): the rules that made those in the file.
inline constexpr const char* kDerived = R"sql(
CREATE TABLE derived(one INTEGER PRIMARY KEY CHECK(one = 1), rules TEXT NOT NULL);
INSERT INTO derived VALUES(1, '');
)sql";

// A step of every role: the held pieces of an item; NULL: none.
inline constexpr const char* kHeld = "ALTER TABLE items ADD COLUMN held INTEGER;";

// A step of every role: whether an item is retired, NULL: no; and the seq of the last event that edited it, NULL: none.
inline constexpr const char* kEdited =
    "ALTER TABLE items ADD COLUMN retired INTEGER;"
    "ALTER TABLE items ADD COLUMN edited INTEGER;";

// A step of every role: the terms of sale of an item, as msg/codec.h packs them; NULL: none.
inline constexpr const char* kTerms = "ALTER TABLE items ADD COLUMN terms BLOB;";

// A step of every role: the places of an item other than `main`, as msg/codec.h packs them; NULL: none.
inline constexpr const char* kPlaces = "ALTER TABLE items ADD COLUMN places BLOB;";

// A step of every role: the description of an item, its topics besides the first one and its attributes, as
// msg/codec.h packs them, and its threshold; NULL: none. told_low: 1: the stream has told that it is low; NULL: not.
inline constexpr const char* kDetails =
    "ALTER TABLE items ADD COLUMN description TEXT;"
    "ALTER TABLE items ADD COLUMN topics BLOB;"
    "ALTER TABLE items ADD COLUMN attributes BLOB;"
    "ALTER TABLE items ADD COLUMN low INTEGER;"
    "ALTER TABLE items ADD COLUMN told_low INTEGER;";

// Reads the position from a view's file to which nobody writes now, and does not change the file. Returns nothing if
// the file does not exist or cannot be read.
std::optional<stream::Position> position_in(const std::string& path);

class View {
 public:
  // Opens or creates the file. `kind.schema` has the role's own tables, and kClaims, kHeld, kEdited, kTerms, kPlaces
  // and kDetails must be among `kind.steps`. Throws std::runtime_error with one line.
  View(const std::string& path, const FileKind& kind);
  ~View();
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  const stream::Position& position() const { return position_; }
  void each_item(const std::function<void(const msg::Item&)>& visit);
  std::vector<msg::Item> items(base::ItemId after, std::uint32_t limit);
  std::optional<std::uint64_t> items_digest() const { return items_digest_; }
  const std::optional<std::string>& diverged() const { return diverged_; }

  // For columns that are derived from other rows by rules that may differ between programs (text/fold.h): if other
  // rules made those of this file, runs `make`, which makes all of them anew, in one transaction. Call before the first
  // put.
  void derive(const std::string& rules, const std::function<void()>& make);

  // Must be called before each put.
  void begin();
  // Returns whether the item is new. The texts of an item without `edited` stay unchanged.
  bool put_item(const msg::Item& item);
  std::optional<msg::Item> item(base::ItemId id);
  // Throws std::runtime_error if the file was removed or replaced meanwhile.
  void commit(const stream::Position& position, std::uint64_t items_digest);
  // Goes back to the last commit, and stores `why`.
  void diverge(const std::string& why);
  // Returns whether the disk has room for a commit of the rows that were put. Without room a commit would fail, and
  // SQLite would drop these rows.
  bool has_room();
  // Throws std::runtime_error if the file was removed or replaced meanwhile.
  void look() const;
  // As ViewStore: moves everything committed from the write-ahead log into the file, and syncs both, on another thread.
  // A snapshot that is being made may be in the way. settle_result() throws SQLite::Exception if a sync failed.
  void settle() { checkpoints_.begin(); }
  std::optional<bool> settle_result() { return checkpoints_.ended(); }
  std::uint64_t checkpoints_failed() const { return checkpoints_.failed(); }

  SQLite::Database& db() { return *db_; }

 private:
  void read_position(const std::string& path);
  void read_claims();
  struct Packed;
  static void bind_details(Use& use, int at, const msg::Item& item, const Packed& packed);
  // Returns false if there is no such item.
  bool update_item(const msg::Item& item);

  static constexpr int kCheckpointPages = 4000;  // 16 MB: about one checkpoint a second under full load
  // A transaction is open nearly always under load, so the log rarely starts over by itself; and what a commit moves,
  // it moves on the loop.
  static constexpr int kLogPages = 4 * kCheckpointPages;

  const std::filesystem::path directory_;
  std::unique_ptr<SQLite::Database> db_;
  disk::Checkpoints checkpoints_;
  std::optional<disk::InPlace> in_place_;
  SQLite::Statement update_item_;
  SQLite::Statement update_edited_;
  SQLite::Statement insert_item_;
  SQLite::Statement put_position_;
  SQLite::Statement put_items_digest_;
  SQLite::Statement get_items_;
  SQLite::Statement get_item_;
  bool in_transaction_ = false;
  std::int64_t changes_ = 0;   // of rows, up to the last commit
  std::int64_t greatest_ = 0;  // no item has a greater id
  stream::Position position_;
  std::optional<std::uint64_t> items_digest_;
  std::optional<std::string> diverged_;
};

// Runs `open`. If SQLite finds the file faulty, throws with a line that says what to do.
template <class Open>
auto opening(const std::string& path, Open open) {
  try {
    return open();
  } catch (const SQLite::Exception& error) {
    refuse_opening(path, error);
  }
}

}  // namespace storage
