// Orders: what every order replica knows of all orders without keeping them: the last number and a digest of their
// rows.
//
// Invariant (CHECKed): order numbers are 1, 2, 3, ... without gaps. The digest is the sum, modulo 2^64, of the digests
// of all rows, so it is kept up to date row by row, and whoever reads the rows can compute it again (G5). Threads:
// none. Tests: tests/ledger/orders_test.cpp.
#pragma once

#include "msg/events.h"

namespace ledger {

// What an order's row adds to the digest. It covers every field. It is a stored format: tests/ledger pins its values.
std::uint64_t row_digest(const msg::Order& order);

class Orders {
 public:
  Orders() = default;
  Orders(base::OrderNo last, std::uint64_t digest) : last_(last), digest_(digest) {}

  // The row that the event of `seq` makes; nothing if it makes none.
  std::optional<msg::Order> evolve(const msg::Event& event, base::Seq seq);

  base::OrderNo last() const { return last_; }
  std::uint64_t digest() const { return digest_; }

 private:
  struct Evolve;

  base::OrderNo last_;
  std::uint64_t digest_ = 0;
};

}  // namespace ledger
