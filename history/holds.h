// Holds: what all answers tell of each hold, and whether one shop can have told it (ADR 53).
//
//   H1  One version of a hold is one state. Its end moves forwards only, and no version follows the one that ends it.
//   H2  A hold ends once: it is confirmed, or released, or it expires. Its order has lines of the hold, at their
//       prices.
//   H3  Hold numbers rise with the seqs. One that is missing between two holds that were placed here belongs to an
//       unanswered write. A hold that nobody placed here is older than all that were.
//   H4  Nothing that was decided at or after `expires` is in the stream before the end of the hold, so no hold is
//       extended, confirmed or released then. Nothing that was decided before `expires` comes after a hold has expired.
//   H5  A hold is shown as it was at one moment of the answer (across.h): not before its version, not after its end.
//       `hold_over` and a list that does not show a hold are of a moment after its end, `unknown_hold` of one before it
//       was placed.
//
// The end of a hold by its time has no request. Two bounds enclose its seq: the told events that were decided before
// and after `expires`. The same events enclose its time. So the search gets it as one more effect (group.h), with these
// bounds, and never has to try its moments one after another.
//
// A hold is exact if it was placed here and all writes that may have ended or extended it have an answer. The pieces of
// any other hold are loose: they may become available at any time (search.h). Only an exact hold is judged by its end.
//
// It is assumed that each client may see all holds, as it is of orders.
//
// Lifetime: points into the operations and keys. Threads: none. Tests: tests/history/holds_test.cpp
#pragma once

#include <map>

#include "history/keys.h"
#include "history/place.h"

namespace history {

// The end of an exact hold by its time. `seq` is 0 if no answer tells it; then it is in earliest + 1 .. latest.
struct Expiry {
  const msg::Hold* hold = nullptr;
  const Effect* placed = nullptr;
  base::Seq seq;
  Index told = kNobody;      // the operation that was told of `seq`
  base::Seq earliest;        // it is later than this event
  base::Seq latest;          // 0: no bound
  Time from = 0;             // after this time
  Time until = kNever;       // before this time; kNever: no answer shows an event from after it
  std::int64_t expires = 0;  // with the number: the order in which holds expire
};

class Holds {
 public:
  Holds(const Operations& operations, const Keys& keys, Findings& findings);

  // The hold as some answer shows it; null if none does.
  const msg::Hold* find(base::HoldNo no) const;
  bool is_exact(base::HoldNo no) const;
  // The order that the hold became, if an answer tells that it was confirmed; else 0.
  base::OrderNo became(base::HoldNo no) const;
  const std::vector<Expiry>& expiries() const { return expiries_; }

  // Narrows the interval by what the answer shows of holds. `floor`: the operation is not before this place.
  void narrow(Interval& interval, Index index, Place floor) const;
  // An item that is shown in this version has another one after the end of a hold.
  void narrow(Interval& interval, msg::ItemId item, base::Seq version) const;
  // The last place at which the change of a hold that this operation made can have happened.
  Bound change_until(Index index) const;

 private:
  struct Row {
    const msg::Hold* hold;
    Index told;
  };
  struct End {
    msg::HoldState state;
    base::Seq seq;
    Index told;
    base::OrderNo order;  // if it was confirmed
  };
  struct Story {
    std::map<base::Seq, Row> rows;   // by version
    const Effect* placed = nullptr;  // here
    std::optional<End> end;          // as told
    std::int64_t expires = 0;        // the latest that was told
    bool may_have_ended = false;     // by a write without an answer
    bool may_be_extended = false;    // the same
    const msg::Hold* hold() const { return rows.empty() ? nullptr : rows.begin()->second.hold; }
    bool is_known() const { return placed && (end || (!may_have_ended && !may_be_extended)); }
    // The hold is over at this time at the latest.
    std::int64_t expires_most() const { return may_be_extended ? hold()->at + msg::kHoldMsMax : expires; }
  };
  using Stamps = std::vector<Keys::Stamp>;

  // An effect with a told seq: no effect up to it began later than `from`, none from it on was told before `until`.
  struct Moment {
    base::Seq seq;
    Time from, until;
  };

  void collect(const Keys& keys);
  void time(const Keys& keys);
  void show(const msg::Hold& hold, Index told);
  void write(const Effect& effect);
  void confirm(const Effect& effect, const msg::ConfirmHold& request);
  void event(const Keys::Shown& shown);
  void end(base::HoldNo no, const End& end);
  void numbers(const Keys& keys);
  void judge(base::HoldNo no, const Story& story);
  void in_time(base::HoldNo no, base::Seq version, bool expired, std::int64_t expires, Index told);
  void expire(const Story& story);

  const Story* story(base::HoldNo no) const;
  const Keys::Stamp* first_decided_at(std::int64_t time) const;
  const Keys::Stamp* last_before(std::int64_t time) const;
  Bound open_until(const Story& story) const;
  Bound over_from(const Story& story) const;
  void shown(Interval& interval, const msg::Hold& hold) const;
  void hidden(Interval& interval, const msg::ListHolds& list, const msg::HoldsReply& reply, Place floor) const;
  void fewer(Index index, const msg::Refusal& refusal) const;
  void refused(Interval& interval, base::HoldNo no, msg::Code code) const;

  const Operations& operations_;
  Findings& findings_;
  const Stamps& all_;                                  // by seq
  Stamps decided_;                                     // for requests; by seq
  std::vector<Moment> moments_;                        // by seq
  std::map<std::string_view, Index> first_extension_;  // by key: the one that was invoked first
  std::map<base::HoldNo, Story> stories_;
  std::vector<Expiry> expiries_;
  // By item: a version up to the first seq is over before the stamp. Both rise.
  std::map<msg::ItemId, std::vector<std::pair<base::Seq, const Keys::Stamp*>>> changes_;
  std::uint64_t unsettled_ = 0;  // writes that may have placed a hold that no answer shows
};

}  // namespace history
