// NewJournal: makes a journal from the blocks of a backup, so that a broker can continue it. It also makes the archive
// of a broker whose journal is in etcd: the format is the same, and the Ending goes into etcd (broker/etcd/seed.h).
//
// The file is the one that a broker of that store would have had at that block. It has the same blocks, the control
// record that their events make (broker::evolve), and their last term, so that the next term is greater. The stream
// does not have the longest lease ever granted: all holders of the old store must be stopped before.
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
  // The file must not exist; its directory must.
  explicit NewJournal(const std::filesystem::path& file);
  ~NewJournal();

  // Add all events of a block in order, then the block, which ends with the last of them. `bytes` are the block's.
  void event(const msg::Event& event, base::Seq seq);
  void block(const msg::Block& block, base::BytesView bytes);
  // Makes the journal durable, checks it and closes it.
  Ending finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backup
