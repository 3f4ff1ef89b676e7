// Keys: finds out from the answers what each key did, and checks it (G3).
//
//   K1  All answers about a key agree: on the order, on the items as a change left them, on the seq, and on the kind of
//       outcome.
//   K2  A key did at most one thing: an order, a change, or nothing for ever (void).
//   K3  A write with this key asked for its effect, and that write was not refused.
//   K4  `key_reused` needs an earlier request with this key and another body, which may have taken effect.
//       `key_voided` needs a key that did nothing.
//   K5  The effect of a key that this history did not use is older than all effects of this history.
//   O1  An order's total is the sum of its lines, and lines of one item follow each other.
//   O2  Order numbers rise with the seqs. One number has one key. A number that is missing between two orders that were
//       placed here belongs to an unanswered write.
//   O3  An order of a key that this history did not use is older than all orders placed here.
//   O4  If the seq of an order, a hold, a change or an event is greater, its time is not earlier.
//   C1  All answers that show a cancellation agree on it, and all that show a hold agree on how it was placed. It is
//       what its key was used for.
//
// The events in an answer to `events` count as answers about their keys. One seq is one event.
//
// Lifetime: points into the operations. Threads: none. Tests: tests/history/keys_test.cpp
#pragma once

#include <map>

#include "history/findings.h"
#include "msg/events.h"

namespace history {

// The effect of a key. kUntold: no answer says whether the effect happened.
struct Effect {
  enum class Kind { kOrder, kChange, kVoid, kUntold };
  Kind kind = Kind::kUntold;
  base::Seq seq;                                    // 0: not told
  const msg::Order* order = nullptr;                // kOrder
  const msg::Cancellation* cancellation = nullptr;  // kChange: what it took back of an order, if an answer shows it
  const msg::Hold* hold = nullptr;                  // kChange: the hold that it placed, if an answer shows it
  bool is_of_several = false;  // kOrder: several requests may have placed it, and none has an answer
  bool is_unclear = false;     // kOrder: the same, and one of them is a confirmation
  Index asked = kNobody;       // a write that asked for it
  Index told = kNobody;        // the first operation that was told of it
  Time from = 0;               // when it was first asked for
  Time until = kNever;         // when `told` had its answer
};

class Keys {
 public:
  Keys(const Operations& operations, Findings& findings);

  const std::vector<Effect>& effects() const { return effects_; }  // of keys that this history used
  struct ToldOrder {
    const msg::Order* order;
    Index told;
    bool placed_here;
    bool has_item_prices;  // a confirmed hold has its own
  };
  const std::vector<ToldOrder>& orders() const { return orders_; }  // by seq; each one once
  const msg::Order* order(base::OrderNo no) const;                  // null if no answer shows it
  struct ToldCancellation {
    const msg::Cancellation* cancellation;
    Index told;
  };
  const std::vector<ToldCancellation>& cancellations() const { return cancellations_; }  // each one once
  struct ToldHold {
    const msg::Hold* hold;
    Index told;
    bool placed_here;
  };
  const std::vector<ToldHold>& holds() const { return holds_; }  // each one once
  // An event in an answer to `events`.
  struct Shown {
    base::Seq seq;
    msg::Event event;
    Index told;
    std::optional<msg::Order> order;
    std::optional<msg::Cancellation> cancellation;
    std::optional<msg::Hold> hold;
  };
  const std::map<base::Seq, Shown>& events() const { return events_; }
  // The time of an event. The end of a hold by its time, and an event of no request, may come before older ends.
  struct Stamp {
    base::Seq seq;
    std::int64_t at = 0;
    Index told = kNobody;
    bool is_decided = true;  // for a request
  };
  const std::vector<Stamp>& stamps() const { return stamps_; }  // by seq
  std::uint64_t unsettled() const { return unsettled_; }

 private:
  static constexpr const char* kKeysPart = "keys";  // of findings

  struct Mention {
    std::string_view key;
    Index operation;
    const msg::Order* order;                          // in the answer, or in the event
    const Shown* event = nullptr;                     // in an answer to `events`
    const msg::Cancellation* cancellation = nullptr;  // in an order that the answer shows, or in the event
    const msg::Hold* hold = nullptr;                  // the same
  };
  struct Did;
  using Mentions = std::vector<Mention>;

  void collect();
  void collect_events(Index index, const msg::EventsReply& reply);
  void mention_events();
  void judge(const Mention* begin, const Mention* end);
  void take(Did& did, const Mention& mention);
  void take(Did& did, const Mention& mention, const msg::Cancellation& cancellation);
  void take(Did& did, const Mention& mention, const msg::Hold& hold);
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
  // The effect of a key that nobody used in this history.
  struct Foreign {
    base::Seq seq;
    Index told;
    std::string_view key;
  };
  std::map<base::Seq, Shown> events_;
  std::vector<Foreign> foreign_;
  Mentions mentions_;
  std::vector<Effect> effects_;
  std::vector<ToldOrder> orders_;
  std::vector<ToldCancellation> cancellations_;
  std::vector<ToldHold> holds_;
  std::vector<Stamp> stamps_;
  std::uint64_t unsettled_ = 0;
  std::uint64_t orders_unsettled_ = 0;
};

// Returns true if the request asks for this order, or for this event.
bool fits(const msg::PlaceOrder& request, const msg::Order& order);
bool fits(const msg::Cancel& request, const msg::Cancellation& cancellation);
bool fits(const msg::ConfirmHold& request, const msg::Order& order);
bool fits(const msg::PlaceHold& request, const msg::Hold& hold);
// Returns true if both are the same order, or the same hold, whatever has happened to it since.
bool same_placed(const msg::Order& a, const msg::Order& b);
bool same_placed(const msg::Hold& a, const msg::Hold& b);
bool fits(const Request& request, const msg::Event& event);

}  // namespace history
