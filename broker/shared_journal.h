// SharedJournal: a journal that several brokers see and one of them leads (DESIGN 8).
//
// It reports as JournalEvents, one after another, never from inside a call. A standby is told every committed block. It
// may take the lead over at any moment, because no request of the old leader can land after that. Implementations:
// etcd::Journal, and the simulator's.
#pragma once

#include <string>
#include <variant>

#include "broker/claims.h"
#include "broker/journal.h"

namespace broker {

// A block that the leader of that time has committed. A standby is told each at least once, in order, from the last
// block of its archive on, except those that had left the journal before this broker looked. A leader knows its own
// blocks already.
struct BlockSeen {
  base::Bytes bytes;
};
// Another broker leads and has just done something. `at` is its place in the journal's own order.
struct LeaderSeen {
  std::int64_t at = 0;
};
// Nobody leads: the last leader has resigned, or there has been none.
struct LeadVacant {
  std::int64_t at = 0;
};
// We lead. All blocks up to the tail were told before. `control` of the tail is the record beside the blocks.
struct TakenOver {
  Tail tail;
};
// We do not lead: another broker does, or the journal could not be reached, or blocks are missing here. `why` says
// which.
struct NotTakenOver {
  std::string why;
};
struct BlockCommitted {
  base::BlockNo no;
};
// Another broker leads. A block in flight that was not told as committed never will be.
struct LeadLost {};
// The journal cannot go on. `reason` is for the operator.
struct JournalBroken {
  std::string reason;
};

using JournalEvent =
    std::variant<BlockSeen, LeaderSeen, LeadVacant, TakenOver, NotTakenOver, BlockCommitted, LeadLost, JournalBroken>;

class SharedJournal {
 public:
  virtual ~SharedJournal() = default;
  // Answered by TakenOver or NotTakenOver; the latter if a leader has acted since the last told event. `held` is the
  // last block that this broker has.
  virtual void take_over(base::BlockNo held) = 0;
  // While we lead, one block at a time. Answered by BlockCommitted or LeadLost, however long that takes.
  virtual void commit(Commit block) = 0;
  // When leadership was last proved: the time at which the request was sent whose answer proved it (DESIGN 5.1).
  virtual base::Mono proved() const = 0;
  // Our archive was compared with the journal and has its history, so its blocks may be claimed from now on.
  virtual void joined() = 0;
  // For a standby: tells the blocks from `held` on again, because some could not be kept.
  virtual void tell_again(base::BlockNo held) = 0;
  // The loop calls this at every tick. A leader whose loop does not run must not look alive to the standbys.
  virtual void tick() {}
};

// A broker's own copy of the stream, for replay from any seq. An appended block becomes durable a little later.
class Archive {
 public:
  virtual ~Archive() = default;
  virtual Tail tail() const = 0;  // as it was at opening; its control has only the store, and its term means nothing
  virtual void append(base::BlockNo no, base::Seq first, base::Seq last, base::Bytes bytes) = 0;
  // As Journal::read.
  virtual base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) = 0;
  // As Journal::kept.
  virtual Kept kept() const { return {"the archive", "Remove it, so that it is fetched from another broker."}; }
  // Keeps the store's name, durably with the next append. The block with the name may be trimmed later.
  virtual void keep_store(const std::string& store) = 0;
  // As Journal::trim.
  virtual void trim(base::Seq begins) = 0;
  // As Journal::checkpoints_failed.
  virtual std::uint64_t checkpoints_failed() const { return 0; }
};

}  // namespace broker
