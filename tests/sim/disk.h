// What a stream is kept on, and what goes wrong with it. It outlives the brokers.
//
// `rows` are the blocks, whole, as they were written; the first durable() of them are the truth, for the checkers. The
// others are in the page cache: a sync failed, or the process died before it. Reads show them and a power cut takes
// them. A broker may see worse: part of a block behind the last row (a torn write), a row that was damaged since.
// tail_of() has the contract of SqliteJournal's opening (broker/journal_file.h): what an earlier process left is
// written again before it is believed, a torn tail is dropped, anything else that does not match its hash, its place or
// the block before is refused, and nothing is ever cut off. Threads: none. Tests: tests/sim/journal_test.cpp.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/claims.h"
#include "broker/journal.h"
#include "tests/sim/world.h"

namespace sim {

// Of a shared journal: who leads.
struct Lead {
  std::string who;  // empty: nobody has yet
  base::Term term;  // how often the leader key was put
  bool resigned = false;
  std::int64_t alive_at = 0;  // the revision at which a leader has done something last
};

// Of a shared journal: what a broker claims to have archived.
struct Claimed {
  broker::Claim claim;
  std::int64_t revision = 0;
};

struct Disk {
  struct Row {
    base::BlockNo no;
    base::Seq first;
    base::Seq last;
    base::Bytes bytes;
  };
  std::vector<Row> rows;
  std::optional<std::size_t> unsynced;  // from this row on they are in the page cache alone
  msg::Control control;
  msg::Control synced_control;              // while there is something unsynced: that of the rows before
  base::Term term;                          // of the last opening
  base::Seq begins{1};                      // what is before was trimmed: nobody is given it any more
  std::function<void(base::Seq)> trimming;  // for checkers: what is before may go from now on

  // Of a shared journal.
  Lead lead;
  std::int64_t revision = 0;                              // rises with every put
  base::BlockNo kept_from{1};                             // earlier blocks have left it
  std::map<std::string, Claimed> archived;                // by broker
  std::function<void(base::BlockNo)> removing;            // for checkers: earlier blocks are about to leave it
  std::map<std::string, std::function<void()>> watching;  // by broker: called after a put

  bool slow = false;
  bool full = false;                          // nothing can be written
  bool sync_fails = false;                    // the next commit's fsync does: it may be on the disk or not
  Duration stalled_until{};                   // no commit ends before
  std::optional<base::Bytes> torn;            // as far as a write had come when the power failed
  std::map<std::size_t, base::Bytes> damage;  // by index of the row: what is read in its stead
  bool unsure = false;                        // shared: answers to the broker get lost
  std::set<std::string> unreachable;          // shared: brokers that are cut off from it
  std::function<void()> at_next_commit;       // called once, while a commit is in flight

  base::Seq last() const { return rows.empty() ? base::Seq() : rows.back().last; }
  std::size_t durable() const { return unsynced.value_or(rows.size()); }
  void append(const broker::Commit& block);
  void append_unsynced(const broker::Commit& block);
  void power_cut(World& world);
  // As TrimRows (broker/block_rows.h): the rows go in steps. A broker that dies meanwhile leaves the rest.
  void trim(World& world, base::Seq to, const std::function<bool()>& alive);
  void alive();  // the leader of a shared journal has put something
  const base::Bytes& seen(std::size_t row) const;
  std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max, World& world) const;
};

// Of a broker that opens it; throws std::runtime_error if it is damaged.
broker::Tail tail_of(Disk& disk, World& world);

// What a journal tells its broker. Nothing is told from inside a call of the journal.
struct Told {
  std::function<void(base::BlockNo)> committed;
  std::function<void(const std::string& why)> failed;  // durability is in doubt: the process ends here and now
};

}  // namespace sim
