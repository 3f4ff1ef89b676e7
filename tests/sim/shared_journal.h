// The cluster's journal of a simulation: a compare-and-swap store, as broker/etcd/ uses etcd (DESIGN 8).
//
// Calls are made one after another: a request travels, and its answer; either may take longer than kDeadline or be
// lost, and lands even if its broker is dead by then. Without an answer within kDeadline the same request is sent
// again. A commit is one transaction: if the leader key is mine and block n is the next, put it; one that finds its own
// bytes there was committed by an earlier try. A take-over looks whether a leader has done anything that was not told,
// then compares and swaps the leader key, then reads the tail: nothing of the old leader can land behind it. Leadership
// is proved by an answer, as of when its request was sent by the broker's clock; in silence a pulse asks for one every
// kProveEvery. A broker is told of what was put, of some blocks twice, a leader of some of its own, and looks by itself
// every kLookEvery. Each broker claims what its archive has; blocks leave the store once a majority of the archives
// have them, by claims whose last block is in the store. Threads: none. Tests: tests/sim/journal_test.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tests/sim/disk.h"
#include "tests/sim/memory_archive.h"

namespace sim {

class SharedJournal : public broker::SharedJournal {
 public:
  static constexpr Duration kDeadline = 500ms;
  static constexpr Duration kProveEvery = 100ms;
  static constexpr Duration kLookEvery = 100ms;
  static constexpr Duration kRetainEvery = 500ms;
  static constexpr std::string_view kNameTaken = "another broker has this name";

  // The process that it is a part of: a paused one sends nothing and hears nothing.
  struct Process {
    std::string name;
    std::function<base::Mono()> clock;
    std::function<bool()> paused;
    std::function<void(std::function<void()>)> later;  // in its next round
  };
  using Tell = std::function<void(broker::JournalEvent)>;

  SharedJournal(World& world, Disk& store, Process process, const MemoryArchive& archive, Tell tell);
  ~SharedJournal() override;  // what it has sent lands all the same

  void take_over(base::BlockNo held) override;
  void commit(broker::Commit block) override;
  base::Mono proved() const override { return proved_; }
  void joined() override { joined_ = true; }
  void tell_again(base::BlockNo held) override { next_ = held; }
  bool leads() const { return term_ != base::Term(); }
  // For tests: lets the broker believe that nobody leads.
  void say_vacant();

 private:
  struct Seen {
    std::vector<base::Bytes> blocks;
    base::BlockNo first;
    base::BlockNo last;  // of the stream
    Lead lead;
    msg::Control control;
  };
  struct Reply {
    bool there = false;  // the block is in the store, with these bytes
    bool mine = false;   // the leader key is
    bool now = false;    // this request has put it there
  };
  static Seen look_from(const Disk& store, base::BlockNo from);
  static Lead swap(Disk& store, const std::string& name, base::Term before);
  static Reply put(Disk& store, const std::string& name, base::Term term, const broker::Commit& block);
  template <class Ask, class Hear>
  void round_trip(Ask ask, Hear hear);
  template <class Ask, class Hear>
  void call(Ask ask, Hear hear);
  template <class Ask, class Hear>
  void attempt(std::uint64_t number, Ask ask, Hear hear);
  template <class What>
  void every(Duration length, What what);

  bool lost() const { return store_.unreachable.count(process_.name) != 0; }
  void look();
  void saw(const Seen& seen);
  void saw_before_taking(const Seen& seen, base::BlockNo held);
  void swapped(const Lead& lead, base::BlockNo held, base::Mono sent);
  void taken(const Seen& seen, base::Term term, base::BlockNo held);
  void committed(const Reply& reply, base::Mono sent);
  void prove();
  void retain();
  void claim(const std::optional<Claimed>& there);
  static void remove(Disk& store, World& world);
  void lose_leadership();

  World& world_;
  Disk& store_;
  Process process_;
  const MemoryArchive& archive_;
  Tell tell_;
  const std::string me_;  // in the leader key
  base::BlockNo next_;    // to be told
  std::int64_t seen_ = -1;
  std::int64_t known_ = 0;  // what the broker was told of leaders last
  bool deceived_ = false;   // whatever the leader does meanwhile, it is taken for gone
  base::Term term_;
  base::Mono proved_;
  bool fenced_ = false;
  bool joined_ = false;  // our archive is of the history that the store has
  broker::Name name_;
  std::optional<broker::Commit> in_flight_;
  std::uint64_t calls_ = 0;
  std::uint64_t rounds_ = 0;  // of retain()
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sim
