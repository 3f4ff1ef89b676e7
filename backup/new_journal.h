// NewJournal: makes a journal from the blocks of a backup, for a broker to go on with; or the archive of a broker whose
// journal is in etcd, which has the same format, and wants the Ending to be put there (broker/etcd/seed.h).
//
// It is the file that a broker of that store would have had at that block: the same blocks, and beside them the control
// record that their events make (broker::evolve) and their last term, so that the next one is greater. Only the longest
// lease that was ever granted is not in the stream: whoever held one belongs to the time after, and has to be stopped.
//
// Errors: std::runtime_error with a line that says what to do. Threads: one. Tests: tests/backup/new_journal_test.cpp.
#pragma once

#include <filesystem>
#include <memory>

#include "broker/journal.h"

namespace backup {

struct Ending {
  broker::Commit last;  // the last block, with the control record that all events make
  base::Term term;      // of that block
};

class NewJournal {
 public:
  // The file must not be there, its directory must.
  explicit NewJournal(const std::filesystem::path& file);
  ~NewJournal();

  // The next event, and then the next block, which ends with it. `bytes` are the block's.
  void event(const msg::Event& event, base::Seq seq);
  void block(const msg::Block& block, base::BytesView bytes);
  // Durable, closed, and as a broker wants to find it.
  Ending finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backup
