// Keys: what each key did, as far as anybody was told; and whether that may be (G3).
//
//   K1  whatever is told of a key is the same every time: the same order, the same items as a change left them, the
//   same
//       seq, the same kind of outcome
//   K2  it did one thing at most: an order, a change, or nothing for ever (void)
//   K3  what it did is what a write with this key asked for, and that write was not refused
//   K4  `key_reused` only if another request with this key was made before and may have done it; `key_voided` only if
//       it did nothing
//   K5  what a key did that nobody here used is older than all that was done here
//   O1  an order's total is the sum of its lines, and lines of one item follow each other
//   O2  numbers rise with the seqs; one number, one key; a number that is missing between two that were placed here is
//       that of an unanswered write
//   O3  an order of a key that nobody here used is older than all orders placed here
//   O4  the times of orders and events do not fall where the seq rises
//
// Events that `events` showed tell of their keys like an answer does; one seq is one event.
//
// Lifetime: points into the operations. Threads: none. Tests: tests/history/keys_test.cpp
#pragma once

#include <map>

#include "history/findings.h"
#include "msg/events.h"

namespace history {

// What a key did. Untold: it may have happened, or not.
struct Effect {
  enum class Kind { kOrder, kChange, kVoid, kUntold };
  Kind kind = Kind::kUntold;
  base::Seq seq;                      // 0: not told
  const msg::Order* order = nullptr;  // kOrder
  Index asked = kNobody;              // a write that asked for it
  Index told = kNobody;               // the first that was told
  Time from = 0;                      // nobody had asked for it before
  Time until = kNever;                // `told` had its answer
};

class Keys {
 public:
  Keys(const Operations& operations, Findings& findings);

  const std::vector<Effect>& effects() const { return effects_; }  // of keys that the history used
  struct ToldOrder {
    const msg::Order* order;
    Index told;
    bool placed_here;
  };
  const std::vector<ToldOrder>& orders() const { return orders_; }  // by seq; each once
  std::uint64_t unsettled() const { return unsettled_; }

 private:
  struct Shown;
  struct Mention {
    std::string_view key;
    Index operation;
    const msg::Order* order;       // that it was told
    const Shown* event = nullptr;  // that it was shown
  };
  struct Did;
  using Mentions = std::vector<Mention>;

  void collect();
  void collect_events(Index index, const msg::EventsReply& reply);
  void mention_events();
  void judge(const Mention* begin, const Mention* end);
  void take(Did& did, const Mention& mention);
  base::Seq seq_of_change(Did& did, Index index);
  void agree(Did& did, Effect::Kind kind, base::Seq seq, Index told);
  void place(const Did& did, const Mention* begin, const Mention* end);
  void change(const Did& did, const Mention* begin, const Mention* end);
  void untold(const Did& did, const Mention* begin, const Mention* end);
  std::vector<Index> unanswered(const Mention* begin, const Mention* end) const;
  void perhaps(const std::vector<Index>& requests);
  void refusals(const Did& did, const Mention* begin, const Mention* end);
  bool may_have_done(const Did& did, const Operation& operation) const;
  void arithmetic(const msg::Order& order, Index told);
  void numbers();
  void times();
  const Operation& at(Index index) const { return operations_[index]; }

  const Operations& operations_;
  Findings& findings_;
  // An event of a page of `events`.
  struct Shown {
    base::Seq seq;
    msg::Event event;
    Index told;
    std::optional<msg::Order> order;
  };
  // The effect of a key that nobody here used.
  struct Foreign {
    base::Seq seq;
    Index told;
  };
  std::map<base::Seq, Shown> events_;
  std::vector<Foreign> foreign_;
  Mentions mentions_;
  std::vector<Effect> effects_;
  std::vector<ToldOrder> orders_;
  std::uint64_t unsettled_ = 0;
  std::uint64_t orders_unsettled_ = 0;
};

// The order, or the event, is what this request asks for.
bool fits(const msg::PlaceOrder& request, const msg::Order& order);
bool fits(const Request& request, const msg::Event& event);

}  // namespace history
