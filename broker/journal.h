// Journal: makes a block durable and unique (DESIGN 3, 8). It separates the broker from its storage.
//
// Implementations: SqliteJournal (embedded, also the archive), the journal of the leader of several brokers
// (ClusterCore, on a SharedJournal), and the simulator's.
//
// One commit at a time: the broker core hands over a block, and gathers the next one while this one is in flight. The
// result comes as broker::Core::on_committed or on_fenced, never from inside commit(). If durability is in doubt, the
// process stops: a journal never reports a failure that may be a success.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/core.h"
#include "base/result.h"
#include "msg/block.h"
#include "msg/internal.h"

namespace broker {

// The end of the stream, as a broker finds it when it opens its journal.
struct Tail {
  base::Term term;      // of this opening: greater than any before, and durable
  base::BlockNo block;  // 0: the journal is empty
  base::Seq last;
  msg::Hash hash = msg::no_hash();
  std::int64_t at = 0;
  base::ProducerNo producer;  // the last one committed in control.epoch
  msg::Control control;
  base::Seq begins{1};  // the first seq that is kept
};

// The tail of a stream that ends with this block, without the values that the block does not hold: term, control,
// begins.
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

// For people: the place where blocks are kept, and the remedy if a block there is damaged.
struct Kept {
  std::string file;
  std::string mend;
};

class Journal {
 public:
  virtual ~Journal() = default;
  virtual Tail tail() const = 0;  // as it was at opening
  virtual void commit(Commit block) = 0;
  // Returns committed blocks that hold from .. to, ascending, about bytes_max, but at least one if there is one. The
  // blocks end before one that cannot be read; the error is for a first one that cannot be read. It says nothing about
  // the durability of commits, so the caller continues.
  virtual base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) = 0;
  virtual Kept kept() const { return {"the journal", "Restore a backup."}; }
  // Blocks before the one that begins with `begins` need not be kept any more; they are removed over time.
  virtual void trim(base::Seq begins) = 0;
  // The time at which leadership was last proved (DESIGN 5.1). An exclusive lock proves it now.
  virtual base::Mono proved(base::Now now) const = 0;
  // Set if the blocks are not where the next start looks for them. Then nothing is committed any more, and no result
  // comes. read() still gives everything that was committed.
  virtual std::optional<std::string> lost() const { return std::nullopt; }
  // Set while a commit waits for room on the disk: a line that says so.
  virtual std::optional<std::string> full() const { return std::nullopt; }
  // How many checkpoints have failed; that loses nothing.
  virtual std::uint64_t checkpoints_failed() const { return 0; }
};

}  // namespace broker
