// Seed: what etcd has to hold for brokers to go on with a stream that was restored from a backup.
//
// One broker has all of the stream in its archive (backup/new_journal.h). etcd gets what would be there after a leader
// whose older blocks have left: the last block, the control record, and a leader key, of nobody; and how many terms
// there were, so that the next is greater than that of any block. What the archives have, brokers say themselves.
//
// All of it in one transaction, which does nothing if there is any key of a store: a live one cannot be overwritten.
// Errors: as lines that say what to do. Threads: one. Tests: tests/etcd/seed_test.cpp.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "broker/etcd/client.h"
#include "broker/journal.h"

namespace broker::etcd {

class Seed {
 public:
  // As Client's.
  explicit Seed(Settings settings) : settings_(std::move(settings)), client_(settings_) {}

  // Is there room for a store? An error if its keys are taken, or if etcd does not answer within `patience`.
  base::Result<void> room(base::Duration patience);
  // `last`: the last block, its control record set; `term`: of that block. An error as above; if etcd does not answer
  // it is not known whether it will still take the seed.
  base::Result<void> put(const Commit& last, base::Term term, base::Duration patience);

 private:
  Answer<rpc::TxnResponse> until_answered(const rpc::TxnRequest& request, base::Duration patience);
  std::string taken() const;

  Settings settings_;
  Client client_;
};

}  // namespace broker::etcd
