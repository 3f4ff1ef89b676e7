// The archive of one of several brokers, in memory, with the contract of SqliteArchive. An appended block can be read
// at once and is durable a little later. A crash leaves the rest in the page cache or loses it. Threads: none.
#pragma once

#include <vector>

#include "broker/shared_journal.h"
#include "tests/sim/disk.h"

namespace sim {

class MemoryArchive : public broker::Archive {
 public:
  // `trimming` is that of Disk.
  explicit MemoryArchive(World& world, std::function<void(base::Seq)> trimming = {})
      : world_(world), trimming_(std::move(trimming)), id_(new_id()) {
    disk_.trimming = trimming_;
  }

  broker::Tail tail() const override { return tail_; }
  void append(base::BlockNo no, base::Seq first, base::Seq last, base::Bytes bytes) override;
  base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) override {
    return disk_.read(from, to, bytes_max, world_);
  }
  void keep_store(const std::string& store) override { disk_.control.store = store; }
  void trim(base::Seq begins) override {
    disk_.trim(world_, begins, [this, life = life_] { return life == life_; });
  }
  base::BlockNo durable() const { return disk_.rows.empty() ? base::BlockNo() : disk_.rows.back().no; }
  broker::Claim claim() const;
  const Disk& disk() const { return disk_; }  // for checkers

  // The process has ended; the next one opens the rows that are left.
  void crash();
  void open() { tail_ = tail_of(disk_, world_); }
  void power_cut() { disk_.power_cut(world_); }  // after the crash
  void wipe();
  // Call it while the process is down. Puts an archive of another history in place: it shares the first `keep` blocks,
  // has other blocks with the same seqs in place of the following ones, and then `more` blocks. At least one block
  // differs.
  void replace(std::size_t keep, std::size_t more);
  bool is_foreign() const { return foreign_; }

 private:
  void write_later();
  void add_another(msg::Block block);
  std::string new_id() { return fmt::format("disk-{}", world_.random().next()); }

  void renew();

  World& world_;
  std::function<void(base::Seq)> trimming_;
  std::string id_;  // changes whenever the archive was lost
  bool foreign_ = false;
  Disk disk_;
  std::vector<Disk::Row> waiting_;
  broker::Tail tail_;
  std::uint64_t life_ = 0;
};

}  // namespace sim
