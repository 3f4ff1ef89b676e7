// The history checker: could one shop, told one request after the other, have given all these answers? (G3, G4)
//
// It knows what clients asked and were told, and when; it does not see the stream. Plain values in, a verdict out.
//
// What is checked, in five parts. Each says what it proves; a history holds when all five find nothing.
//
//   asked   (asked.h)   each answer is one that its request may get, and tells of what was asked for.
//   keys    (keys.h)    a key has one effect, always told alike; what happened was asked for, by somebody who was not
//                       refused; a voided key does nothing; order numbers rise with the seq, without gaps other than
//                       those that unanswered writes explain; an order's arithmetic is right.
//   told    (told.h)    an item's state has a name, its version. One version is one state, a title never changes, no
//                       stock is negative.
//   time    (across.h)  the order by seq is a witness: every answer agrees with an interval of places in the stream,
//                       and each operation gets the least place in its interval that is not before the place of any
//                       operation that had ended when this one was invoked. If one finds none, there is no order at all
//                       in which the seqs that were told are true: the least places are a lower bound of every order.
//                       This covers what one item alone does not show: orders of several lines, searches, lists.
//   items   (search.h)  for each item an order of its operations exists in which every value is right: stock and price
//                       follow from what happened before, refusals had a reason, unanswered writes happened once or
//                       never. Items that an unanswered write of several lines ties together are searched together.
//
// Role of the seqs: PROTOCOL says what they mean, so an answer whose seq cannot be true is a violation by itself, even
// if other seqs would save the values. For a violation of `items`, the checker says whether the values alone have an
// order. Nothing is believed because a seq says so: the values are recomputed along the order that the seqs give.
//
// The world is closed: whoever changed the shop between the first operation and the last is in the history. The state
// of an item before its first operation is unknown and may be anything. An order of a key that nobody here used must be
// older than all that were placed here.
//
// An item that an unanswered write added without naming its id has no beginning here: give ids, or ask for the outcome.
//
// Not checked: matches of text beyond ASCII (rules.h), refusals of several items against each other (each is checked
// against its own item), whether an id that the store chose is the very next one, `message` of a refusal, what `busy`,
// `unavailable` and `unknown` say.
//
// Cost: sorting, and steps of the search in proportion to the operations as long as every effect's seq was told; each
// unanswered write may double that in the worst case, so the work is bounded, and what would pass the bound is reported
// as not decided, never as right. Memory: about 300 bytes for an operation, besides the history.
// Threads: none. Tests: tests/history.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "history/operation.h"

namespace history {

struct Limits {
  std::uint64_t work_max = 200'000'000;  // steps of the search for one item: some ten seconds
  std::size_t violations_max = 10;       // after these the rest is only counted
};

struct Violation {
  std::string part;  // asked, keys, told, time, items
  std::string why;   // one line for people
  std::optional<msg::ItemId> item;
  std::vector<Index> operations;  // that have no order, or contradict each other; by time
};

enum class Result { kHolds, kViolated, kNotDecided };

struct Verdict {
  Result result = Result::kHolds;
  std::vector<Violation> violations;
  std::uint64_t violations_found = 0;
  std::vector<msg::ItemId> not_decided;  // the first item of each search that passed its bound
  std::uint64_t operations = 0;
  std::uint64_t unanswered = 0;  // without a definite answer
  std::uint64_t unsettled = 0;   // writes of which nobody was told whether they happened
  std::uint64_t items = 0;
  std::uint64_t orders = 0;  // told
  std::uint64_t steps = 0;   // of all searches
};

Verdict check(const Operations& operations, const Limits& limits = {});

}  // namespace history
