// Search: looks for an order of a group's parts that keeps real time and in which every value is right.
//
// The method is that of Wing and Gong with Lowe's memory of tried configurations. The search takes one part after
// another. A part may be next if it was invoked before the first end of any part that is not taken yet. If no part
// fits, the search goes back. The told seqs make it fast (Seqs::kBinding):
//
//   versions    The told versions of an item are reached one after another, each by one effect. An effect with a told
//               seq makes exactly that version. Another effect makes an untold version, or a told one that no known
//               effect makes.
//   sightings   An item is seen in version v while it has version v. So all sightings of v come between the effect that
//               made it and the next one, in the order of their invocations: no choice.
//   known       Effects with a told seq come in the order of their seqs: no choice.
//   refusals    A refusal is taken as soon as it fits. It changes nothing, so taking it early blocks no other part.
//   unanswered  Of two writes that are alike, the one invoked first is taken first: it explains whatever the other one
//               would.
//
//   expiries    Holds end by their time in the order of these times, and between two told events that enclose the time
//               (holds.h). So at most one of them may be next, and it must be taken before the second event.
//
// Some loose pieces (item_model.h) may become available after each step. The search first assumes that no holds are
// from before the history. Only if there is no order then, it tries the other case: an order under the assumption is an
// order, too.
//
// The only choice left is about effects without a told seq, and loose pieces. Such an effect may happen after each
// step, unseen or as the next told version. Without them the search is one walk. No rule loses an order that exists, so
// kNo is a proof. kYes is a proof, too, because the walk computes every value again (item_model.h). A tried
// configuration is recognised by a hash of 128 bits. In a run within the bound, two different configurations have the
// same hash with a probability of at most 2^-70.
//
// Seqs::kIgnored ignores all seqs and versions and uses the values alone. It is for a few parts only, and only its kYes
// is a proof, since it does not try first states that nobody saw.
//
// The state before the first part is unknown. The item existed in its first told version, or with an unknown price and
// stock, or it did not exist: beginnings() tells which of these are possible, and run() tries each.
// Bounds: `work_max` steps, then kNotDecided. Lifetime: the group outlives it. Threads: none.
// Tests: tests/history/history_test.cpp, generated_test.cpp
#pragma once

#include <unordered_set>

#include "history/group.h"
#include "history/item_model.h"

namespace history {

enum class Seqs { kBinding, kIgnored };
enum class Ordered { kYes, kNo, kNotDecided };

class Search {
 public:
  Search(const Group& group, Seqs seqs, std::uint64_t work_max);
  Ordered run();
  std::uint64_t work() const { return work_; }

 private:
  using PartNo = std::uint32_t;
  static constexpr PartNo kNoPart = kNobody;
  // A told version of an item.
  struct Version : ToldValues {
    base::Seq seq;
    bool is_known = false;          // an effect with a told seq makes it
    std::vector<PartNo> sightings;  // by invocation
  };
  struct State : ItemState {
    std::uint32_t versions = 0;  // the number of told versions that are reached
    bool exact = false;          // the item has the last of them now; else an untold one
    std::uint32_t seen = 0;      // the number of its sightings that are taken
  };
  // A configuration to go back to.
  struct Frame {
    std::size_t taken, changed;  // lengths of the trails
    std::size_t known, ends, refusals, first_open, first_expiry;
    std::uint64_t hash[2];
    bool known_tried = false;
    bool unseen = false;     // false: effects are tried as told versions; true: as untold ones
    std::size_t open = 0;    // the next of `open_` to try
    std::size_t choice = 0;  // its touch whose next told version is to be tried
    std::size_t loose = 0;   // the next choice about loose pieces to try; two for each item
  };

  void sort_parts(Seqs seqs);
  void add_version(const Part& part, const Touch& touch);
  void find_twins();
  Ordered run_all();
  State unknown() const;
  std::vector<State> beginnings(std::uint32_t item);
  void begin(const std::vector<State>& states);
  Ordered walk();
  bool step(Frame& frame);
  bool step_told(Frame& frame);
  bool step_unseen(Frame& frame);
  bool step_loose(Frame& frame);
  bool back();

  Time horizon() const;
  bool may_be_next(PartNo part) const { return group_.parts[part].invoked <= horizon(); }
  void settle();
  bool take_sightings();
  bool take_refusals();
  void take(PartNo part);
  bool apply(PartNo part, base::Seq as);
  bool may_follow(PartNo part, base::Seq as) const;
  bool free_some(std::uint32_t item, bool unseen);
  bool enter(State& state, const Version& next) const;
  bool reach(const Part& part, State& state, std::uint32_t item, base::Seq as) const;
  bool holds(const Touch& touch, const State& state) const;
  bool may_have(std::uint32_t item, const State& state, base::Seq version) const;
  bool must_have(std::uint32_t item, const State& state, base::Seq version) const;
  bool leaves_no_trace(const Part& part) const;
  bool is_open(PartNo part) const { return !taken_[part] && (twins_[part] == part || taken_[twins_[part]]); }
  bool tried_before();
  Frame frame() const;

  const Touch& touch(PartNo part, std::uint32_t i = 0) const { return group_.touches[group_.parts[part].touch + i]; }
  const Version* next_version(std::uint32_t item) const;
  const Part* due() const {
    return first_expiry_ < expiries_.size() ? &group_.parts[expiries_[first_expiry_]] : nullptr;
  }

  const Group& group_;
  const ItemModel model_;
  const Seqs seqs_;
  const std::uint64_t work_max_;
  std::uint64_t work_ = 0;
  std::vector<std::vector<Version>> versions_;  // by item
  std::vector<PartNo> ends_;                    // parts that must be taken, by their end
  std::vector<PartNo> known_;                   // effects with a told seq, by that seq
  std::vector<PartNo> open_;                    // other effects, by invocation
  std::vector<PartNo> expiries_;                // those of open_ that are ends of holds, in their order
  std::vector<PartNo> refusals_;                // with Seqs::kIgnored sightings, too; by invocation
  std::vector<PartNo> twins_;                   // by part: the last part before it in open_ that is alike, or itself

  std::vector<State> states_;  // by item
  std::vector<bool> taken_;    // by part
  std::size_t next_known_ = 0, next_end_ = 0, first_refusal_ = 0, first_open_ = 0, first_expiry_ = 0;
  bool has_older_holds_ = false;    // holds from before the history may keep pieces
  bool is_unsure_ = false;          // it depends on them how some item begins
  bool has_loose_ = false;          // some write may have placed a hold that is not exact
  std::uint64_t hash_[2] = {0, 0};  // of taken_
  bool may_go_back_ = false;        // trails are kept
  std::vector<PartNo> taken_trail_;
  std::vector<std::pair<std::uint32_t, State>> state_trail_;
  std::vector<Frame> frames_;
  std::vector<std::pair<std::uint32_t, State>> next_states_;  // scratch of apply
  struct Key {
    std::uint64_t a, b;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const noexcept { return key.a; }
  };
  std::unordered_set<Key, KeyHash> tried_;
};

}  // namespace history
