// The history checker: decides whether a single shop that handles one request at a time could have given all these
// answers (G3, G4).
//
// It knows the requests and answers of clients, and their times. It does not see the stream. It takes plain values and
// returns a verdict.
//
// The check has seven parts. Each says what it proves; a history holds if all of them find nothing.
//
//   asked   (asked.h)   Each answer is one that its request can get, and is about what was asked for.
//   keys    (keys.h)    A key has one effect, and every answer tells the same of it. An effect was asked for by a write
//                       that was not refused. A void key does nothing. Order numbers rise with the seq; only unanswered
//                       writes may leave gaps. The arithmetic of an order is right.
//   told    (told.h)    The version of an item names its state. One version is one state, and no stock is negative.
//   edits   (edits.h)   A title, a topic, terms of sale and a retirement are as the edits up to then made them. Nothing
//                       is bought or held that was retired, or against the terms.
//   holds   (holds.h)   A hold ends once: by a confirmation, a release, or its time. Its order has its pieces and
//                       prices. The event times in answers agree with its end: before it the hold is open, from then
//                       on it is over.
//   time    (across.h)  The seqs give an order of the history. Every answer agrees with an interval of places in the
//                       stream. Each operation gets the least place of its interval that is not before the place of any
//                       operation that had ended when it was invoked. If there is no such place, then there is no order
//                       in which the told seqs are true, because least places are lower bounds in every order. This
//                       covers what concerns several items: orders with several lines, searches, lists, places that
//                       are unknown (elsewhere.h); and holds.
//   items   (search.h)  For each item there is an order of its operations in which every value is right. Its stock and
//                       price follow from earlier events, so do its pieces at each place and those that holds keep,
//                       and no order or hold takes those. Orders take from `main` first, then from the other places in
//                       the order of their names, or from the place that a line names (ADR 57). Refusals had a reason,
//                       and unanswered writes happened once or never. Items that an unanswered write of several lines
//                       ties together are searched together.
//
// PROTOCOL says what a seq means, so an answer whose seq cannot be true is a violation, even if other seqs would
// explain its values. For a violation of `items`, the checker says whether the values alone have an order. A seq alone
// proves nothing: the checker computes all values again along the order that the seqs give.
//
// The world is closed: the history has all changes of the shop between its first and its last operation. The state of
// an item before its first operation is unknown and may be anything; holds from before may keep pieces of it, and end
// at any time. An order or a hold whose key nobody here used must be older than all that were placed here.
//
// If an unanswered write added an item without an id, its beginning is unknown here: give ids, or ask for the outcome.
// The same is true of an unanswered cancellation of all that remains of an order which no answer shows, and of an
// unanswered confirmation of all of such a hold.
//
// Where the pieces of an item are is unknown before an answer shows the item, and after a cancellation that no answer
// shows of an order with pieces of other places.
//
// Not checked: that a place was known at which pieces came in, because nobody knows all items; that a count is refused
// with `limit`; the numbers in what is refused by terms of sale; pieces that a customer has in holds, against terms for
// each customer; which items a search for those that are low shows, because the events that say so are the writer's
// own; that a refused cancellation had a reason; that there are too many open holds, if a hold is refused with `limit`;
// that an edit which is refused with `limit` would have passed one; that several loose holds (holds.h) end one by one;
// matches of text beyond ASCII (rules.h); refusals of several items against each other (each is checked against its own
// item); that an id chosen by the store is the very next one; `message` of a refusal; the claims of `busy`,
// `unavailable` and `unknown`.
//
// Cost: sorting, and steps of the search in proportion to the operations if the seq of every effect was told. Each
// unanswered write may double the steps in the worst case, so they are bounded. A search that exceeds the bound is
// reported as not decided, never as right. Memory: about 300 bytes for an operation, besides the history.
// Threads: none. Tests: tests/history.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "history/operation.h"

namespace history {

struct Limits {
  std::uint64_t work_max = 200'000'000;  // steps of the search for one item: about ten seconds
  std::size_t violations_max = 10;       // further ones are only counted
};

struct Violation {
  std::string part;  // asked, keys, told, edits, holds, time, items
  std::string why;   // one line for people
  std::optional<msg::ItemId> item;
  std::vector<Index> operations;  // that contradict each other, or have no order; by time
};

enum class Result { kHolds, kViolated, kNotDecided };

struct Verdict {
  Result result = Result::kHolds;
  std::vector<Violation> violations;
  std::uint64_t violations_found = 0;
  std::vector<msg::ItemId> not_decided;  // the first item of each search that passed its bound, or was not made
  std::uint64_t operations = 0;
  std::uint64_t unanswered = 0;  // operations without a definite answer
  std::uint64_t unsettled = 0;   // writes of which no answer says whether they took effect
  std::uint64_t items = 0;
  std::uint64_t orders = 0;  // that answers told of
  std::uint64_t steps = 0;   // of all searches
};

Verdict check(const Operations& operations, const Limits& limits = {});

}  // namespace history
