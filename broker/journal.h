// Journal: where a block becomes durable and unique (DESIGN 3, 8). The seam between the broker and what it stands on.
//
// Implementations: SqliteJournal (embedded, also the archive), what the leader of several brokers has (ClusterCore, on
// a SharedJournal), and the simulator's.
//
// One commit at a time: the broker core hands over a block, and gathers the next one while this one is in flight. The
// result comes back as broker::Core::on_committed or on_fenced, never from inside commit(). Where durability is in
// doubt the process stops: a journal never reports a failure that could be a success.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "base/result.h"
#include "msg/block.h"
#include "msg/internal.h"

namespace broker {

// What a broker finds when it opens its journal.
struct Tail {
  base::Term term;      // of this opening: greater than any before, durable
  base::BlockNo block;  // 0: empty
  base::Seq last;
  msg::Hash hash = msg::no_hash();
  std::int64_t at = 0;
  base::ProducerNo producer;  // last one committed in control.epoch
  msg::Control control;
  base::Seq begins{1};  // the first that is kept
};

// Of a stream that ends with this block, but for what is not in it: term, control, and where it begins.
inline Tail tail_at(const msg::Block& block) {
  return {
      .block = block.no, .last = block.last(), .hash = block.hash.bytes, .at = block.at, .producer = block.producer};
}

struct Commit {
  base::BlockNo no;
  base::Seq first;
  base::Seq last;
  base::Bytes bytes;
  std::optional<msg::Control> control;  // set when this block changes it
};

// Where blocks are kept, and what is to be done if one of them is damaged there; for people.
struct Kept {
  std::string file;
  std::string mend;
};

class Journal {
 public:
  virtual ~Journal() = default;
  virtual Tail tail() const = 0;  // as found at opening
  virtual void commit(Commit block) = 0;
  // Committed blocks that hold from .. to, ascending, about bytes_max but at least one if there is one.
  virtual std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max) = 0;
  // As read(), for whoever looks whether they can be read at all: a failure is an error, and no more.
  virtual base::Result<std::vector<base::Bytes>> look(base::Seq from, base::Seq to, std::size_t bytes_max) {
    return read(from, to, bytes_max);
  }
  virtual Kept kept() const { return {"the journal", "Restore a backup."}; }
  // Blocks before the one that begins with `begins` need not be kept any more; they go in the course of time.
  virtual void trim(base::Seq begins) = 0;
  // When leadership was last proved (DESIGN 5.1); an exclusive lock that is held proves it now.
  virtual base::Mono proved(base::Now now) const = 0;
  // The blocks are not where the next start looks for them. Nothing is committed any more, and no result comes back;
  // read() still gives all that was committed.
  virtual std::optional<std::string> lost() const { return std::nullopt; }
  // How often what was committed could not be moved to where it stays; nothing is lost by that.
  virtual std::uint64_t checkpoints_failed() const { return 0; }
};

}  // namespace broker
