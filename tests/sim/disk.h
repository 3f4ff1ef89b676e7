// The broker's disk, and the journal that stands on it.
//
// The disk outlives the broker. A commit that a crash finds under way may or may not have reached it; one that was told
// always has. A slow disk takes up to kSlowest a commit.
// Threads: none.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "broker/journal.h"
#include "tests/sim/world.h"

namespace sim {

struct Disk {
  struct Row {
    base::BlockNo no;
    base::Seq first;
    base::Seq last;
    base::Bytes bytes;
  };
  std::vector<Row> rows;
  msg::Control control;
  base::Term term;
  bool slow = false;
  std::function<void()> at_next_commit;  // called once, while a commit is in flight

  base::Seq last() const { return rows.empty() ? base::Seq() : rows.back().last; }
};

class SimJournal : public broker::Journal {
 public:
  static constexpr Duration kSlowest = 50ms;
  using Told = std::function<void(base::BlockNo)>;

  SimJournal(World& world, Disk& disk, Told told);
  ~SimJournal() override;  // the broker is gone

  broker::Tail tail() const override { return tail_; }
  void commit(broker::Commit block) override;
  std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max) override;
  base::Mono proved(base::Now now) const override { return now.mono; }  // no other can open this disk

 private:
  void write();

  World& world_;
  Disk& disk_;
  Told told_;
  broker::Tail tail_;
  std::optional<broker::Commit> in_flight_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sim
