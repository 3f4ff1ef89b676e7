// Holds: the open holds as of one seq, the last hold's number, and digests of all holds that there ever were.
//
// Invariants (CHECKed in every build):
//   H1  hold numbers are 1, 2, 3, ... without gaps
//   H2  only an open hold is extended, confirmed or ended, so each hold ends once
//   H3  a hold is confirmed at its prices, for no more pieces than it has, and each of its lines ends
//   H4  no event is decided at or after the end of a hold that is open: the event that ends it comes first
// A failed CHECK means that the stream contradicts this view: the process stops. H4 makes the end of a hold exact
// without any clock but that of the events (ADR 53).
//
// Bounds: the open holds; the writer keeps them below kHoldsMax. Threads: none. Tests: tests/ledger/holds_test.cpp.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "msg/events.h"

namespace ledger {

// It covers every field. It is a stored format: tests/ledger pins its values.
std::uint64_t row_digest(const msg::Hold& hold);

// The last number, and the sums, modulo 2^64, of the digests of all rows. A row of a hold that has ended never changes.
struct HoldsTotal {
  base::HoldNo last;
  std::uint64_t open = 0;
  std::uint64_t ended = 0;
  friend bool operator==(const HoldsTotal&, const HoldsTotal&) = default;
};

class Holds {
 public:
  Holds() = default;
  // The open holds of a stored view follow by put(); `total.open` is computed from them.
  explicit Holds(const HoldsTotal& total) : total_{total.last, 0, total.ended} {}
  void put(msg::Hold hold);

  // An open hold; null if it is not there, or has ended.
  const msg::Hold* find(base::HoldNo no) const;
  // The open hold that ends first; null if there is none.
  const msg::Hold* first() const;
  std::size_t size() const { return open_.size(); }
  // Customers are compared without case (text/fold.h), as everywhere.
  std::size_t size_of(const std::string& customer) const;
  // The pieces of the item in this customer's open holds.
  base::Quantity held_by(const std::string& customer, base::ItemId item) const;
  base::HoldNo last() const { return total_.last; }
  const HoldsTotal& total() const { return total_; }
  std::uint64_t digest() const { return total_.open + total_.ended; }

  // Applies one event. Returns the row that it adds or changes; nothing if the event is not about holds.
  std::optional<msg::Hold> evolve(const msg::Event& event, base::Seq seq);

  // Visits the open holds with numbers greater than `after`, ascending, until `visit` returns false.
  template <class Visit>
  void each_after(base::HoldNo after, Visit&& visit) const {
    for (auto at = open_.upper_bound(after); at != open_.end(); ++at) {
      if (!visit(at->second.hold)) return;
    }
  }
  // The same for those of one customer.
  template <class Visit>
  void each_of(const std::string& customer, base::HoldNo after, Visit&& visit) const {
    const auto& numbers = numbers_of(customer);
    for (auto at = numbers.upper_bound(after); at != numbers.end(); ++at) {
      if (!visit(open_.at(*at).hold)) return;
    }
  }

 private:
  struct Evolve;
  struct Open {
    msg::Hold hold;
    std::uint64_t digest;
  };
  const std::set<base::HoldNo>& numbers_of(const std::string& customer) const;
  msg::Hold take(base::HoldNo no, base::Seq seq);
  msg::Hold close(msg::Hold hold, msg::HoldState state, const std::vector<msg::HoldLine>& told);

  std::map<base::HoldNo, Open> open_;
  std::set<std::pair<std::int64_t, base::HoldNo>> ends_;
  std::map<std::string, std::set<base::HoldNo>> of_customer_;  // by the folded name
  HoldsTotal total_;
};

}  // namespace ledger
