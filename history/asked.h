// Asked: checks that each answer fits its request, one operation at a time, without the state of the shop.
//
//   A1  The answer is of the request's kind. A refusal is one that this request can get. It has the fields of its
//       code, and names what was asked for. Only an invalid request gets `invalid` or `malformed`, and it gets nothing
//       else.
//   A2  The answer shows the item, title, order or customer that was asked for. The answer to an addition has the items
//       of its request, in their order.
//   A3  Pages ascend from `after` on and are not longer than `limit`; `next` does not go back.
//   A4  Values can be those of a shop (values.h). The header's seq is not less than any seq in the body.
//   A5  An answer is marked as old only if the request allowed it, and is not older than that.
//   A6  A page of `events` holds whole blocks, each following the one before, from `from` on and not beyond `mark`. It
//       has at least one block if `mark` has reached `from`.
//
// Threads: none. Tests: tests/history/asked_test.cpp
#pragma once

#include "history/findings.h"

namespace history {

// Returns false if values are beyond all limits, so that the other parts must not calculate with them.
bool check_asked(const Operations& operations, Findings& findings);

}  // namespace history
