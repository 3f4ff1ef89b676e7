// Across: checks the whole history against the order of the seqs, in one walk along time.
//
// A place is a point in the stream: 2s is the event with seq s, and 2s + 1 is after it and before the next one. An
// answer agrees with an interval of places:
//
//   an item of version v      from 2v + 1 to just before the next version of the item that any answer shows
//   several items (a search)  the intersection; also before any item that it should have shown (searches.h)
//   a look-up by title, no such item                    before any item that it should have found
//   an item that is missing, or not sold                not while it has a face that contradicts this (edits.h)
//   an answer to a write, an order, `outcome`           from 2s + 1 on; the same for an item as a change left it
//   no such order, or a list without it                 before the first order that it should have shown (lists.h)
//   a hold, no such hold, a hold that is over           holds.h, H5
//   `events`                  from 2 * `mark` + 1 on; a page without events: before 2 * `from`
//   any answer but the refusal of a write               from 2s + 1 on, if its header says that it reveals seq s
//   the effect of a key at seq s                        exactly 2s, between its first request and first answer
//
// The walk gives each operation the least place of its interval that is not before the place of any operation that had
// ended when this one was invoked. An answer that is marked as old counts as invoked when its age began. The least
// places are lower bounds in every order. So if one of them does not exist, no order keeps both real time and the seqs.
// If all exist, sorting by place is such an order (an effect before the reads of its place, ties by time). The ends of
// intervals come only from answers of this history, so a gap in it never makes a right history wrong.
//
// Cost: sorting by time, and searches.h. Threads: none. Tests: tests/history/history_test.cpp, searches_test.cpp,
// keys_test.cpp
#pragma once

#include "history/edits.h"
#include "history/holds.h"
#include "history/told.h"

namespace history {

// By item: of the answers that should have shown the item and did not, the one that began last.
using Absences = std::map<msg::ItemId, Index>;

Absences check_across(const Operations& operations, const Keys& keys, const Told& told, const Edits& edits,
                      const Holds& holds, Findings& findings);

}  // namespace history
