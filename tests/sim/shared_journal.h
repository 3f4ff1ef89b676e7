// The shared journal of a simulated cluster: a compare-and-swap store, as broker/etcd/ uses etcd (DESIGN 8).
//
// Calls are made one after another. A request travels, and so does its answer. Either may take longer than kDeadline or
// be lost, and a request lands even if its broker is dead by then. Without an answer within kDeadline the same request
// is sent again. A commit is one transaction: if the leader key is mine and block n is the next, put it. A commit that
// finds its own bytes there was committed by an earlier try. A takeover checks that no leader has been active since the
// broker's last news, then compares and swaps the leader key, and then reads the tail: nothing of the old leader can
// land behind it. An answer proves leadership as of the time when its request was sent, by the broker's clock. In
// silence a pulse asks for one every kProveEvery. A broker hears of each put, of some blocks twice, and as leader of
// some of its own, and reads the store itself every kLookEvery. Each broker claims the blocks of its archive. Blocks
// leave the store once a majority of the archives have them, by claims whose last block is in the store. Threads: none.
// Tests: tests/sim/journal_test.cpp.
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

  // The process of this journal. A paused process sends nothing and hears nothing.
  struct Process {
    std::string name;
    std::function<base::Mono()> clock;
    std::function<bool()> paused;
    std::function<void(std::function<void()>)> later;  // runs it in the process's next round
  };
  using Tell = std::function<void(broker::JournalEvent)>;

  SharedJournal(World& world, Disk& store, Process process, const MemoryArchive& archive, Tell tell);
  ~SharedJournal() override;  // requests that it has sent land all the same

  void take_over(base::BlockNo held) override;
  void commit(broker::Commit block) override;
  base::Mono proved() const override { return proved_; }
  void joined() override { joined_ = true; }
  void tell_again(base::BlockNo held) override { next_ = held; }
  bool leads() const { return term_ != base::Term(); }
  // For tests: makes the broker believe that nobody leads.
  void say_vacant();

 private:
  struct Seen {
    std::vector<base::Bytes> blocks;
    base::BlockNo first;
    base::BlockNo last;  // the stream's last block
    Lead lead;
    msg::Control control;
  };
  struct Reply {
    bool there = false;  // the block is in the store, with these bytes
    bool mine = false;   // the leader key is mine
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
  const std::string me_;  // the value of the leader key
  base::BlockNo next_;    // the next block to tell the broker
  std::int64_t seen_ = -1;
  std::int64_t known_ = 0;  // the revision of the leader's last sign of life that the broker knows
  bool deceived_ = false;   // the leader counts as lost, whatever it does meanwhile
  base::Term term_;
  base::Mono proved_;
  bool fenced_ = false;
  bool joined_ = false;  // our archive has the store's history
  broker::Name name_;
  std::optional<broker::Commit> in_flight_;
  std::uint64_t calls_ = 0;
  std::uint64_t rounds_ = 0;  // of retain()
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace sim
