// Across: the order by seq as a witness for the whole history, in one walk along time.
//
// A place is a point in the stream: 2s is the event with seq s, 2s + 1 is after it and before the next one. An answer
// agrees with an interval of places:
//
//   an item of version v      from 2v + 1 until before the next version of it that anybody was told of
//   several items (a search)  the intersection, and before any item that it should have shown was there (searches.h)
//   a look-up by title, no such item                    before an item that it should have found was there
//   a write that was answered, an order, `outcome`      from 2s + 1 on; so, too, an item as a change left it
//   no such order, or a list without it                 before the first order that it should have shown (lists.h)
//   `events`                  from 2 mark + 1 on; a page without events: before 2 from
//   any answer but the refusal of a write               from 2s + 1 on, if its header says that it reveals seq s
//   what a key did at seq s                             exactly 2s, between the first who asked and the first told
//
// In time, each operation takes the least place of its interval that is not before any place taken by an operation that
// had ended when it was invoked (for one that is marked as old: when its age began). Least places are forced from
// below, so if one does not exist, no order of the history keeps both real time and the seqs; and if all exist, sorting
// by place (effects of a place before reads, ties by time) is such an order. Ends of intervals come from what was told
// only, so that a gap never makes a right history wrong.
//
// Cost: sorting by time, and searches.h. Threads: none. Tests: tests/history/history_test.cpp, searches_test.cpp,
// keys_test.cpp
#pragma once

#include "history/told.h"

namespace history {

// For each item that answers did not show, the one of them that began last.
using Absences = std::map<msg::ItemId, Index>;

Absences check_across(const Operations& operations, const Keys& keys, const Told& told, Findings& findings);

}  // namespace history
