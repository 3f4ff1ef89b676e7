// etcd::Journal: the stream's blocks in etcd, which several brokers share (DESIGN 8). requests.h has its requests.
//
// An append is one transaction, and there are never two at once. If its outcome is unknown, the journal sends the same
// transaction, with the same bytes, to the next member until one answers. A take-over first compares and swaps the
// leader key, and reads the tail afterwards, so no block of the old leader can land behind the tail. Every append
// proves leadership. Without appends, a put every kProveEvery proves it, and also tells the standbys that there is a
// leader. Retention removes blocks from etcd, and compacts etcd, once a majority of the archives have them. The
// archives of all brokers that ever existed count. The newest block never leaves etcd. A Claim says what an archive
// has, and the leader compares it with etcd before it removes blocks.
//
// Errors: JournalBroken if it would be wrong to continue. Calls that etcd refuses for now (no space, no quorum) are
// repeated and logged every few seconds; nothing is acknowledged meanwhile.
// Threads: one for appends, one for the watch, one for retention; every function is for the loop's thread. fd() is
// readable when next() has an event. The watch waits while Told::kBytesMax of blocks wait for next().
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

  // `broker`: our name among the brokers. `held`: the last block of our archive; next() gives blocks from this one on.
  // `archive`: returns what is durably in our archive; it is called from any thread. `takeover_after`: after this
  // silence of a leader the standbys take over.
  Journal(const Settings& settings, const std::string& broker, base::BlockNo held, std::function<Claim()> archive,
          base::Duration takeover_after);
  ~Journal() override;  // resigns if we lead

  void take_over(base::BlockNo held) override;
  void commit(Commit block) override;
  base::Mono proved() const override;
  void joined() override;
  void tell_again(base::BlockNo held) override;
  void tick() override;

  int fd() const;
  std::optional<JournalEvent> next();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace broker::etcd
