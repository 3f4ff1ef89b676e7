// Orders: the last order number and a digest of all orders. An order replica keeps these in memory, but not the orders.
//
// Invariant (CHECKed): order numbers are 1, 2, 3, ... without gaps. The digest is the sum, modulo 2^64, of the digests
// of all rows. So it is updated row by row, and can be computed again from the rows (G5). Threads: none. Tests:
// tests/ledger/orders_test.cpp.
#pragma once

#include "msg/events.h"

namespace ledger {

// The digest of an order's row. It covers every field. It is a stored format: tests/ledger pins its values.
std::uint64_t row_digest(const msg::Order& order);

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
