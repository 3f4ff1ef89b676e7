// The archive of a broker of several, in memory, with the contract of SqliteArchive: what is appended can be read and
// is durable a little later; a crash loses the rest. Threads: none.
#pragma once

#include <deque>

#include "broker/shared_journal.h"
#include "tests/sim/disk.h"

namespace sim {

class MemoryArchive : public broker::Archive {
 public:
  explicit MemoryArchive(World& world) : world_(world) {}

  broker::Tail tail() const override { return tail_; }
  void append(base::BlockNo no, base::Seq first, base::Seq last, base::Bytes bytes) override;
  std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max) override {
    return durable_.read(from, to, bytes_max, world_);
  }
  void keep_store(const std::string& store) override { durable_.control.store = store; }
  void trim(base::Seq begins) override { durable_.begins = begins; }
  base::BlockNo durable() const { return base::BlockNo(durable_.rows.size()); }

  // The process has ended; the next one opens what was durable.
  void crash();
  void wipe();

 private:
  void write_later();

  World& world_;
  Disk durable_;
  std::deque<Disk::Row> waiting_;
  broker::Tail tail_;
  std::uint64_t life_ = 0;
};

}  // namespace sim
