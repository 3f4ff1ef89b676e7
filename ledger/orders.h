// Orders: what every order replica knows of all orders without keeping them: the last number and a digest of the
// history.
//
// Invariant (CHECKed): order numbers are 1, 2, 3, ... without gaps. Equal histories have equal digests (G5).
// Threads: none. Tests: tests/ledger/orders_test.cpp.
#pragma once

#include "msg/events.h"

namespace ledger {

class Orders {
 public:
  Orders() = default;
  Orders(base::OrderNo last, std::uint64_t digest) : last_(last), digest_(digest) {}

  // The order that this event of `seq`, decided `at`, is.
  msg::Order evolve(const msg::OrderPlaced& placed, base::Seq seq, std::int64_t at);

  base::OrderNo last() const { return last_; }
  std::uint64_t digest() const { return digest_; }

 private:
  base::OrderNo last_;
  std::uint64_t digest_ = 0;
};

}  // namespace ledger
