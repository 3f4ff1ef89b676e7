// The disk of a stream, and its faults. It outlives the brokers.
//
// `rows` are the blocks as they were written. For the checkers the first durable() of them are the truth. The others
// are only in the page cache, because a sync failed or the process died before it: reads show them, and a power cut
// removes them. A broker may also see a part of a block behind the last row (a torn write), or a row that was damaged
// later. tail_of() has the contract of SqliteJournal's opening (broker/journal_file.h). It writes the rows of an
// earlier process again before it trusts them, and drops a torn tail. It refuses a block that does not match its hash,
// its place or the block before, and never cuts anything off. Threads: none. Tests: tests/sim/journal_test.cpp.
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

// The leader key of a shared journal.
struct Lead {
  std::string who;  // empty: nobody has led yet
  base::Term term;  // how often the leader key was put
  bool resigned = false;
  std::int64_t alive_at = 0;  // the revision of the leader's last sign of life
};

// A broker's claim in a shared journal: the blocks that it says it has archived.
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
  std::optional<std::size_t> unsynced;  // the rows from this one on are only in the page cache
  msg::Control control;
  msg::Control synced_control;              // the control record of the durable rows, while there are other rows
  base::Term term;                          // of the last opening
  base::Seq begins{1};                      // earlier events were trimmed: no reader gets them
  base::Seq let_go{1};                      // of the latest trim, which may not have ended
  std::function<void(base::Seq)> trimming;  // for checkers: the events before this seq may be dropped from now on

  // Only of a shared journal.
  Lead lead;
  std::int64_t revision = 0;                              // rises with every put
  base::BlockNo kept_from{1};                             // earlier blocks have left the journal
  std::map<std::string, Claimed> archived;                // by broker
  std::function<void(base::BlockNo)> removing;            // for checkers: earlier blocks are about to leave the journal
  std::map<std::string, std::function<void()>> watching;  // by broker: called after a put

  bool slow = false;
  bool full = false;                          // nothing can be written
  bool full_is_told = true;                   // false: a quota is used up, which looks like any other failure
  bool sync_fails = false;                    // the next fsync fails; its block may be on the disk or not
  Duration stalled_until{};                   // no commit ends before this time
  std::optional<base::Bytes> torn;            // the part of a block that was written when the power failed
  std::map<std::size_t, base::Bytes> damage;  // by index of the row: the bytes that a read gives instead
  bool unsure = false;                        // of a shared journal: answers to the broker get lost
  std::set<std::string> unreachable;          // of a shared journal: brokers that are cut off from it
  std::function<void()> at_next_commit;       // called once, while a commit is in flight

  base::Seq last() const { return rows.empty() ? base::Seq() : rows.back().last; }
  std::size_t durable() const { return unsynced.value_or(rows.size()); }
  void append(const broker::Commit& block);
  void append_unsynced(const broker::Commit& block);
  void power_cut(World& world);
  // Removes rows in steps, as TrimRows does (broker/block_rows.h). If the broker dies meanwhile, the rest stays.
  void trim(World& world, base::Seq to, const std::function<bool()>& alive);
  void alive();  // the leader of a shared journal has put something, so it is alive
  const base::Bytes& seen(std::size_t row) const;
  std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max, World& world) const;
};

// Opens the disk for a broker. Throws std::runtime_error if it is damaged.
broker::Tail tail_of(Disk& disk, World& world);

// Callbacks from a journal to its broker. No method of the journal calls them directly.
struct Told {
  std::function<void(base::BlockNo)> committed;
  std::function<void(const std::string& why)> failed;  // durability is in doubt; the process ends at once
};

}  // namespace sim
