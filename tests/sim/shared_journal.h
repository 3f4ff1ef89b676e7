// The cluster's journal of a simulation: a compare-and-swap store that any broker may take over at any moment (DESIGN
// 8), which is what is needed of etcd.
//
// Opening takes the leader key over, at once: nothing that an earlier leader has sent can land after it. A commit is
// one transaction: if the leader key is mine and block n is the next, put it. Requests and answers travel, get lost and
// come late; a request lands even if its broker is dead by then. Without an answer within kDeadline the same
// transaction is sent again; one that finds its own bytes there was committed by an earlier try. Leadership is proved
// by an answer, as of when its request was sent by the broker's clock; in silence a check asks for one every
// kCheckEvery. Threads: none. Tests: tests/sim/journal_test.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tests/sim/disk.h"

namespace sim {

class SharedJournal : public broker::Journal {
 public:
  static constexpr Duration kDeadline = 500ms;
  static constexpr Duration kCheckEvery = 100ms;

  // The process that it is a part of: a paused one sends nothing and hears nothing.
  struct Process {
    std::string name;
    std::function<base::Mono()> clock;
    std::function<bool()> paused;
    std::function<void(std::function<void()>)> later;  // in its next round
  };

  SharedJournal(World& world, Disk& store, Process process, Told told);
  ~SharedJournal() override { *alive_ = false; }  // what it has sent lands all the same

  broker::Tail tail() const override { return tail_; }
  void commit(broker::Commit block) override;
  std::vector<base::Bytes> read(base::Seq from, base::Seq to, std::size_t bytes_max) override {
    return store_.read(from, to, bytes_max, world_);
  }
  base::Mono proved(base::Now) const override { return proved_; }

 private:
  struct Reply {
    bool there = false;  // the block is in the store, with these bytes
    bool mine = false;   // the leader key is
    bool now = false;    // this request has put it there
  };
  static Reply put(Disk& store, base::Term term, const broker::Commit& block);
  template <class Ask, class Hear>
  void round_trip(Ask ask, Hear hear);
  bool lost() const;
  void attempt();
  void hear(const Reply& reply, base::BlockNo no, base::Mono sent);
  void check_later();
  void lose_leadership();

  World& world_;
  Disk& store_;
  Process process_;
  Told told_;
  broker::Tail tail_;
  base::Mono proved_;
  bool fenced_ = false;
  std::optional<broker::Commit> in_flight_;
  std::uint64_t attempts_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sim
