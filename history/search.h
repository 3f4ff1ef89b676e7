// Search: is there an order of a group's parts that keeps real time and in which every value is right?
//
// The method is that of Wing and Gong with Lowe's memory of what was tried: take, one after another, a part that may be
// next (it was invoked before the first end of any part that is not taken yet), undo when nothing fits. What makes it
// fast is what the seqs told (Seqs::kBinding):
//
//   versions    the told versions of an item are reached one after another, each by one effect. An effect whose seq was
//               told makes just that version; another effect makes one that nobody is known to have made, or one
//               between two told ones.
//   sightings   an item in version v is seen while it has version v. So all sightings of v come between the effect that
//               made it and the next one, in the order in which they were invoked: no choice.
//   known       effects with a told seq come in the order of their seqs: no choice.
//   refusals    are taken as soon as they fit: they change nothing, so taking them earlier only leaves more room.
//   unanswered  of two alike the one that was invoked first is taken first: whatever the other explains, it does.
//
// Choice is left only where an effect's seq is not known: after each step it may have happened, unseen or as the next
// told version. Without such effects the search is one walk. None of these rules loses an order that exists, so "none"
// is a proof; "ordered" is one, too: the walk recomputes every value. A configuration that was tried is known again by
// 128 bits of a hash; two that differ have the same ones with a probability of 2^-70 or less in a run of the size that
// the bound allows.
//
// Seqs::kIgnored forgets all seqs and versions and goes by values alone: for a few parts, and "yes" is all that it
// proves, since a first state that nobody saw is not guessed.
//
// The state before the first part is unknown: the item was there in its first told version, or with any price and
// stock, or was not there; the first known write tells which. Unknown values agree with everything and take the first
// that is told.
// Bounds: `work_max` steps, then kNotDecided. Lifetime: the group outlives it. Threads: none.
// Tests: tests/history/history_test.cpp, generated_test.cpp
#pragma once

#include <unordered_set>

#include "history/group.h"

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
  // A version of an item that was told.
  struct Version {
    base::Seq seq;
    std::optional<base::Cents> price;
    std::optional<base::Quantity> stock;
    bool is_known = false;          // an effect whose seq was told makes it
    std::vector<PartNo> sightings;  // by invocation
  };
  struct State {
    bool exists = true;
    std::optional<base::Cents> price;     // nothing: unknown
    std::optional<base::Quantity> stock;  // nothing: unknown
    std::uint32_t versions = 0;           // told ones that are reached
    bool exact = false;                   // the last of them is what there is now; else something later
    std::uint32_t seen = 0;               // sightings of it that are taken
  };
  // What to go back to.
  struct Frame {
    std::size_t taken, changed;  // lengths of the trails
    std::size_t known, ends, refusals, first_open;
    std::uint64_t hash[2];
    bool known_tried = false;
    bool unseen = false;     // first all as told versions, then all as unseen ones
    std::size_t open = 0;    // the next of `open_` to try
    std::size_t choice = 0;  // as the next version of which touch
  };

  void sort_parts(Seqs seqs);
  void add_version(const Part& part, const Touch& touch);
  void find_twins();
  std::vector<State> beginnings(std::uint32_t item) const;
  void begin(const std::vector<State>& states);
  Ordered walk();
  bool step(Frame& frame);
  bool step_told(Frame& frame);
  bool step_unseen(Frame& frame);
  bool back();

  Time horizon() const;
  bool may_be_next(PartNo part) const { return group_.parts[part].invoked <= horizon(); }
  void settle();
  bool take_sightings();
  bool take_refusals();
  void take(PartNo part);
  bool apply(PartNo part, base::Seq as);
  bool evolve(const Touch& touch, State& state) const;
  bool reach(const Part& part, State& state, std::uint32_t item, base::Seq as) const;
  bool holds(const Touch& touch, const State& state) const;
  bool leaves_no_trace(const Part& part) const;
  bool is_open(PartNo part) const { return !taken_[part] && (twins_[part] == part || taken_[twins_[part]]); }
  bool tried_before();
  Frame frame() const;

  const Touch& touch(PartNo part, std::uint32_t i = 0) const { return group_.touches[group_.parts[part].touch + i]; }
  const Version* next_version(std::uint32_t item) const;

  const Group& group_;
  const Seqs seqs_;
  const std::uint64_t work_max_;
  std::uint64_t work_ = 0;
  std::vector<std::vector<Version>> versions_;  // by item
  std::vector<PartNo> ends_;                    // what must be taken, by its end
  std::vector<PartNo> known_;                   // effects with a told seq, by it
  std::vector<PartNo> open_;                    // other effects, by invocation
  std::vector<PartNo> refusals_;                // and by value what is seen, when seqs are ignored; by invocation
  std::vector<PartNo> twins_;                   // by part: one before it in open_ that is alike, or itself

  std::vector<State> states_;  // by item
  std::vector<bool> taken_;    // by part
  std::size_t next_known_ = 0, next_end_ = 0, first_refusal_ = 0, first_open_ = 0;
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
