// etcd::Journal: the stream's blocks in etcd, seen by several brokers (DESIGN 8). What it asks of etcd: requests.h.
//
// Append: one transaction, never two at once. An outcome that is not known is settled by the same transaction, sent
// again to the next member until one answers; its bytes never change. Take-over: the leader key is compared and
// swapped first, the tail is read after: nothing of the old leader can land behind it. Leadership is proved by every
// append, and in silence by a put every kProveEvery, which tells the standbys that there is a leader, too.
// Retention: blocks leave etcd, and etcd is compacted, once a majority of the archives of all brokers that ever were
// have them, the newest never. What an archive has is a Claim, which the leader compares with etcd before it removes
// anything.
//
// Errors: JournalBroken where going on would be wrong. What etcd refuses for now (no space, no quorum) is tried again
// and logged every few seconds; nothing is acknowledged meanwhile.
// Threads: one for appends, one for the watch, one for retention; every function is for the loop's thread. fd() is
// readable when next() has something. The watch waits while Told::kBytesMax of blocks wait to be taken.
// Tests: tests/etcd.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "broker/etcd/client.h"
#include "broker/shared_journal.h"

namespace broker::etcd {

class Journal final : public SharedJournal {
 public:
  static constexpr base::Duration kProveEvery = std::chrono::milliseconds(100);
  static constexpr base::Duration kRetainEvery = std::chrono::seconds(1);

  // `broker`: our name among the brokers. `held`: the last block of our archive; blocks are told from that one on.
  // `archive`: what is durably in our archive; from any thread.
  Journal(const Settings& settings, const std::string& broker, base::BlockNo held, std::function<Claim()> archive);
  ~Journal() override;  // resigns, if we lead

  void take_over(base::BlockNo held) override;
  void commit(Commit block) override;
  base::Mono proved() const override;
  void joined() override;
  void tell_again(base::BlockNo held) override;

  int fd() const;
  std::optional<JournalEvent> next();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace broker::etcd
