// Subscriptions: all subscriptions of the store as of one seq. An order replica keeps them in memory.
//
// Invariants (CHECKed in every build):
//   S1  a name has one subscription at a time; a subscription ends once
//   S2  a cursor never goes back, and is before the event that moves it
//   S3  nothing is decided at or after the end of a subscription that was not acknowledged in time: the event that ends
//       it comes first, after those that end holds (ADR 53, ADR 56)
// The digest is the sum, modulo 2^64, of the hashes of all subscriptions (G5); without any it is 0.
//
// Bounds: msg::kSubscriptionsMax. Threads: none. Tests: tests/ledger/subscriptions_test.cpp.
#pragma once

#include <map>
#include <set>
#include <string>

#include "msg/events.h"

namespace ledger {

// It covers every field. It is a stored format: tests/ledger pins its values.
std::uint64_t row_digest(const msg::Subscription& subscription);

class Subscriptions {
 public:
  // Loads a subscription of a stored view. It replaces the one with its name.
  void put(msg::Subscription subscription);

  // The pointers are valid until the next change.
  const msg::Subscription* find(const std::string& name) const;
  // The subscription that ends first, if nobody acknowledges it; null if there is none.
  const msg::Subscription* first() const;
  const std::map<std::string, msg::Subscription>& all() const { return all_; }
  std::uint64_t digest() const { return digest_; }

  // Applies one event, and returns the name of the subscription that it makes, changes or ends; null for an event about
  // something else. The event outlives the pointer. Without a seq, as of a pending event, a subscription has the id and
  // the version 0.
  const std::string* evolve(const msg::Event& event, base::Seq seq);

 private:
  msg::Subscription take(const std::string& name, base::Seq seq);

  std::map<std::string, msg::Subscription> all_;
  std::set<std::pair<std::int64_t, std::string>> ends_;
  std::uint64_t digest_ = 0;
};

}  // namespace ledger
