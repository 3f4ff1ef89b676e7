// Asked: does each answer answer what was asked? One operation at a time, without the state of the shop.
//
//   A1  the answer is of the request's kind; a refusal is one that this request can get, names what the refusal needs,
//       and names what was asked for. `invalid` and `malformed` are the answers to no valid request, and no other
//       answer goes to an invalid one.
//   A2  it tells of the item, title, order or customer that was asked for; an addition has the items of its request, in
//       their order.
//   A3  pages ascend from `after` on and are not longer than `limit`; `next` does not go back.
//   A4  values are within the limits of PROTOCOL 3; the header's seq reveals no less than the body.
//   A5  an answer is marked as old only if the request allowed it, and is not older than that.
//   A6  a page of `events` holds whole blocks, each after the other, from `from` on and not beyond `mark`, and at least
//       one if `mark` has reached `from`.
//
// Threads: none. Tests: tests/history/asked_test.cpp
#pragma once

#include "history/findings.h"

namespace history {

// False: values are beyond all limits, so that nobody should calculate with them.
bool check_asked(const Operations& operations, Findings& findings);

}  // namespace history
