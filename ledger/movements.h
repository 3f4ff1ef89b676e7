// Movements: why the stock of each item is what it is. An order view keeps one row for each event and each item whose
// stock or held pieces the event moves (ADR 55).
//
// Invariants (checked by the passes over the rows, order/pass.h):
//   V1  the first row of an item adds it, or carries it over from a view of a release that kept no movements
//   V2  the stock and the held pieces of each other row are those of the row before it plus its deltas, so the stock of
//       an item is the sum of its movements
// Threads: none. Tests: tests/ledger/movements_test.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "ledger/items.h"
#include "msg/events.h"

namespace ledger {

// It covers every field. It is a stored format: tests/ledger pins its values.
std::uint64_t row_digest(const msg::Movement& movement);

// The number of all rows, and the sum, modulo 2^64, of their digests.
struct MovementsTotal {
  std::uint64_t count = 0;
  std::uint64_t digest = 0;

  void add(const msg::Movement& movement) {
    ++count;
    digest += row_digest(movement);
  }
  friend bool operator==(const MovementsTotal&, const MovementsTotal&) = default;
};

// The movements that the event with this seq makes, each item once. `items` are the items right after the event.
std::vector<msg::Movement> movements_of(const msg::Event& event, base::Seq seq, const Items& items);

// Returns true if the item had, before this movement, the stock and the held pieces that `before` left.
bool follows(const msg::Movement& movement, const msg::Movement& before);
// Returns true if a row of an item may be its first one.
bool begins(const msg::Movement& movement);

}  // namespace ledger
