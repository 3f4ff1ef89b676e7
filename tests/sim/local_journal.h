// The embedded journal of a simulation: one broker, one disk, an exclusive lock, and the contract of SqliteJournal.
//
// If a crash interrupts a commit, the block may be on the disk or only in the page cache, whole or torn, or lost. A
// block that was reported committed is on the disk. If the disk is full and the system says so, the commit waits for
// room. A quota that is used up, or a failing fsync, ends the process (Told::failed).
// After a failing fsync the block is in the page cache, where the next process reads it, and not on the disk. Errors:
// the constructor throws std::runtime_error, as SqliteJournal's. Threads: none. Tests: tests/sim/journal_test.cpp.
#pragma once

#include <memory>
#include <optional>

#include "tests/sim/disk.h"

namespace sim {

class LocalJournal : public broker::Journal {
 public:
  static constexpr Duration kSlowest = 50ms;
  static constexpr Duration kTryAgain = 100ms;

  LocalJournal(World& world, Disk& disk, Told told);
  ~LocalJournal() override;  // the broker has ended

  broker::Tail tail() const override { return tail_; }
  void commit(broker::Commit block) override;
  base::Result<std::vector<base::Bytes>> read(base::Seq from, base::Seq to, std::size_t bytes_max) override {
    return disk_.read(from, to, bytes_max, world_);
  }
  void trim(base::Seq begins) override {
    disk_.trim(world_, begins, [alive = alive_] { return *alive; });
  }
  base::Mono proved(base::Now now) const override { return now.mono; }  // no other broker can open this disk

  std::optional<std::string> full() const override {
    return waits_ ? std::optional<std::string>("the disk is full") : std::nullopt;
  }

 private:
  void write_after(Duration takes);
  void tell(base::BlockNo no);
  void fail();

  World& world_;
  Disk& disk_;
  Told told_;
  broker::Tail tail_;
  std::optional<broker::Commit> in_flight_;
  bool waits_ = false;  // for room
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sim
