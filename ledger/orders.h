// Orders: the last order number and a digest of all orders and cancellations. An order replica keeps these in memory,
// but not the rows.
//
// Invariants (CHECKed): order numbers are 1, 2, 3, ... without gaps; only an order that was placed is cancelled. The
// digest is the sum, modulo 2^64, of the digests of all rows. So it is updated row by row, and can be computed again
// from the rows (G5). Threads: none. Tests: tests/ledger/orders_test.cpp.
#pragma once

#include "msg/events.h"

namespace ledger {

// The digests of the rows. They cover every field of a row; the row of an order has no cancellations and no state. They
// are stored formats: tests/ledger pins their values.
std::uint64_t row_digest(const msg::Order& order);
std::uint64_t row_digest(const msg::Cancellation& cancellation);

// Returns the row of the cancellation that the event with this seq makes; nothing for any other event.
std::optional<msg::Cancellation> cancellation_of(const msg::Event& event, base::Seq seq);

class Orders {
 public:
  Orders() = default;
  Orders(base::OrderNo last, std::uint64_t digest) : last_(last), digest_(digest) {}

  // Returns the row of the order that the event with this seq places; nothing if it places no order.
  std::optional<msg::Order> evolve(const msg::Event& event, base::Seq seq);

  base::OrderNo last() const { return last_; }
  std::uint64_t digest() const { return digest_; }

 private:
  struct Evolve;

  base::OrderNo last_;
  std::uint64_t digest_ = 0;
};

}  // namespace ledger
