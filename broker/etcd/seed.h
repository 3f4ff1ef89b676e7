// Seed: puts the keys into etcd with which brokers continue a stream that was restored from a backup.
//
// One broker has the whole stream in its archive (backup/new_journal.h). etcd gets the keys that it has
// after all older blocks have left it: the last block, the control record, and a leader key that belongs to no broker.
// It also gets the number of terms so far, so that the next term is greater than that of any block. Brokers put the
// claims of their archives themselves.
//
// One transaction puts all keys. It does nothing if the store has any key, so a live store cannot be overwritten.
// Errors are lines that say what to do. Threads: one. Tests: tests/etcd/seed_test.cpp.
#pragma once

#include "base/ids.h"
#include "base/result.h"
#include "broker/etcd/client.h"
#include "broker/journal.h"

namespace broker::etcd {

class Seed {
 public:
  // Throws like the constructor of Client.
  explicit Seed(Settings settings) : settings_(std::move(settings)), client_(settings_) {}

  // Checks that a store can be put under the prefix. Fails if its keys are taken, or if etcd does not answer within
  // `patience`.
  base::Result<void> room(base::Duration patience);
  // `last`: the last block, with its control record. `term`: the term of that block. Fails like room(). If etcd does
  // not answer, it may still take the seed later.
  base::Result<void> put(const Commit& last, base::Term term, base::Duration patience);

 private:
  Answer<rpc::TxnResponse> until_answered(const rpc::TxnRequest& request, base::Duration patience);
  std::string taken() const;

  Settings settings_;
  Client client_;
};

}  // namespace broker::etcd
