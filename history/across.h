// Across: the order by seq as a witness for the whole history, in one walk along time.
//
// A place is a point in the stream: 2s is the event with seq s, 2s + 1 is after it and before the next one. An answer
// agrees with an interval of places:
//
//   an item of version v      from 2v + 1 until before the next version of it that anybody was told of
//   several items (a search)  the intersection; with a topic and no text also: no item of the topic that is not shown
//                             existed already
//   a write that was answered, an order, `outcome`      from 2s on; so, too, an item as a change left it
//   no such order, or a list without it                 before the first order that it should have shown
//   what a key did at seq s                             exactly 2s, between the first who asked and the first told
//
// In time, each operation takes the least place of its interval that is not before any place taken by an operation that
// had ended when it was invoked. Least places are forced from below, so if one does not exist, no order of the history
// keeps both real time and the seqs; and if all exist, sorting by place (effects of a place before reads, ties by time)
// is such an order. Ends of intervals come from what was told only, so that a gap never makes a right history wrong.
//
// Cost: sorting by time. Threads: none. Tests: tests/history/history_test.cpp, keys_test.cpp
#pragma once

#include "history/told.h"

namespace history {

void check_across(const Operations& operations, const Keys& keys, const Told& told, Findings& findings);

}  // namespace history
