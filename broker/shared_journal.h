// SharedJournal: a journal that several brokers see and one of them leads (DESIGN 8).
//
// What happens there is told as JournalEvents, one after another, never from inside a call. A standby is told of every
// block that anybody commits; it may take the lead over at any moment, for nothing that the old leader has sent can
// land after that. Implementations: etcd::Journal, and the simulator's.
#pragma once

#include <string>
#include <variant>

#include "broker/claims.h"
#include "broker/journal.h"

namespace broker {

// Committed by the broker that led then. A standby is told of each at least once, in order, from the last block of its
// archive on, but for those that had left the journal before this broker looked; to a leader it is no news.
struct BlockSeen {
  base::Bytes bytes;
};
// Somebody else leads and has done something just now. `at`: when, in the journal's own order.
struct LeaderSeen {
  std::int64_t at = 0;
};
// Nobody leads: the last leader has resigned, or there was none yet.
struct LeadVacant {
  std::int64_t at = 0;
};
// We lead. All blocks up to the tail were told before. Its `control` is what the journal keeps beside the blocks.
struct TakenOver {
  Tail tail;
};
// Somebody else leads after all, or the journal could not be reached, or blocks are missing here (said as `why`).
struct NotTakenOver {
  std::string why;
};
struct BlockCommitted {
  base::BlockNo no;
};
// Somebody else leads: what is in flight and was not told to be committed will never be.
struct LeadLost {};
// Nothing more can be done here; for the person who has to act on it.
struct JournalBroken {
  std::string reason;
};

using JournalEvent =
    std::variant<BlockSeen, LeaderSeen, LeadVacant, TakenOver, NotTakenOver, BlockCommitted, LeadLost, JournalBroken>;

class SharedJournal {
 public:
  virtual ~SharedJournal() = default;
  // Answered by TakenOver or NotTakenOver; the latter if a leader has done anything since what was told last. `held`:
  // the last block that this broker has.
  virtual void take_over(base::BlockNo held) = 0;
  // While we lead; one at a time. Answered by BlockCommitted or LeadLost, however long that takes.
  virtual void commit(Commit block) = 0;
  // When leadership was last proved: the time at which the request was sent whose answer said so (DESIGN 5.1).
  virtual base::Mono proved() const = 0;
  // Our archive was compared with the journal and is of its history: what it has may be claimed from now on.
  virtual void joined() = 0;
  // To a standby: blocks from `held` on are told again, for some that were told could not be kept.
  virtual void tell_again(base::BlockNo held) = 0;
};

// A broker's own copy of the stream, for replay from any seq. What is appended becomes durable a little later.
class Archive {
 public:
  virtual ~Archive() = default;
  virtual Tail tail() const = 0;  // as found at opening; of its control only the store, its term means nothing
  virtual void append(base::BlockNo no, base::Seq first, base::Seq last, base::Bytes bytes) = 0;
  // As Journal::read.
  virtual std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max) = 0;
  // As Journal::look and Journal::kept.
  virtual base::Result<std::vector<base::Bytes>> look(base::Seq from, base::Seq to, std::size_t bytes_max) {
    return read(from, to, bytes_max);
  }
  virtual Kept kept() const { return {"the archive", "Remove it, so that it is fetched from another broker."}; }
  // Which store it is; durable with what is appended next. The block that says so may not be there for ever.
  virtual void keep_store(const std::string& store) = 0;
  // As Journal::trim.
  virtual void trim(base::Seq begins) = 0;
  // As Journal::checkpoints_failed.
  virtual std::uint64_t checkpoints_failed() const { return 0; }
};

}  // namespace broker
