// What every view of the stream keeps on a disk: its position, the items with the digest that they must have, and
// whether the view has diverged.
//
// All that is put goes into one open transaction, which commit() ends together with the position; so the reads of this
// connection see it at once, and a crash goes back to the last commit, from where the stream is replayed. The stream is
// the truth, so WAL with synchronous=NORMAL is enough: a power cut may cost the last commits, never the file.
// Lifetime: statements on db() go before the view. Threads: one.
#pragma once

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

// A step of every role's: the table of what a view claims of its items, and why it must not be believed, if so.
inline constexpr const char* kClaims = R"sql(
CREATE TABLE claims(one INTEGER PRIMARY KEY CHECK(one = 1), items_digest INTEGER, diverged TEXT);
INSERT INTO claims VALUES(1, NULL, NULL);
)sql";

// Of a view's file that nobody writes now; nothing if it is not there, or cannot be read. The file stays as it is.
std::optional<stream::Position> position_in(const std::string& path);

class View {
 public:
  // Opens or creates the file; `kind.schema` has the role's own tables, and kClaims is one of `kind.steps`. Throws
  // std::runtime_error with one line.
  View(const std::string& path, const FileKind& kind);
  ~View();
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  const stream::Position& position() const { return position_; }
  void each_item(const std::function<void(const msg::Item&)>& visit);
  std::vector<msg::Item> items(base::ItemId after, std::uint32_t limit);
  std::optional<std::uint64_t> items_digest() const { return items_digest_; }
  const std::optional<std::string>& diverged() const { return diverged_; }

  // Before each put.
  void begin();
  // Whether the item was not there before. Title and topic of one that was stay as they are.
  bool put_item(const msg::Item& item);
  // Throws std::runtime_error if the file was removed or replaced under us.
  void commit(const stream::Position& position, std::uint64_t items_digest);
  // Goes back to the last commit, and keeps `why`.
  void diverge(const std::string& why);
  // Moves all that was committed from the write-ahead log into the file, both synced. False: a reader, as a snapshot
  // that is being made, was in the way, or the disk has no room. Throws SQLite::Exception if a sync failed.
  bool settle() { return checkpoints_.move_all(); }
  std::uint64_t checkpoints_failed() const { return checkpoints_.failed(); }

  SQLite::Database& db() { return *db_; }

 private:
  void read_position(const std::string& path);
  void read_claims();

  static constexpr int kCheckpointPages = 4000;  // 16 MB: a checkpoint each second or so under full load

  std::unique_ptr<SQLite::Database> db_;
  disk::Checkpoints checkpoints_;
  std::optional<disk::InPlace> in_place_;
  SQLite::Statement update_item_;
  SQLite::Statement insert_item_;
  SQLite::Statement put_position_;
  SQLite::Statement put_items_digest_;
  SQLite::Statement get_items_;
  bool in_transaction_ = false;
  stream::Position position_;
  std::optional<std::uint64_t> items_digest_;
  std::optional<std::string> diverged_;
};

// Runs `open`, and turns what SQLite says of a file that is not as it should be into the line for the person who has to
// act on it.
template <class Open>
auto opening(const std::string& path, Open open) {
  try {
    return open();
  } catch (const SQLite::Exception& error) {
    refuse_opening(path, error);
  }
}

}  // namespace storage
