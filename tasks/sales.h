// Sales: what customers bought, and what was taken back of it, in groups of orders, of items or of places.
//
// Pieces that were taken back count in the group of their order, also if they came back on a later day. An order in
// which the store took pieces in (`sell`) is not a sale, and is only counted. A place has the pieces that came from it.
//
// Bounds: a Tally keeps the sums of each group and no order. Its sums never overflow.
// Threads: none. Tests: tests/tasks/sales_test.cpp.
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"
#include "msg/types.h"

namespace tasks {

struct Sales {
  std::uint64_t orders = 0;  // with pieces of the group
  base::Quantity pieces;     // that were bought
  base::Quantity pieces_taken_back;
  base::Cents gross;
  base::Cents taken_back;

  base::Quantity net_pieces() const { return pieces - pieces_taken_back; }
  base::Cents net() const { return gross - taken_back; }
  friend bool operator==(const Sales&, const Sales&) = default;
};

class Tally {
 public:
  // The number of the group of an order's pieces of this item from this place; nothing if they are in no group.
  using GroupOf = std::function<std::optional<std::int64_t>(const msg::Order&, base::ItemId, const std::string& place)>;

  // Takes what the stream had up to the event `as_of`, and nothing later.
  Tally(GroupOf group_of, base::Seq as_of) : group_of_(std::move(group_of)), as_of_(as_of) {}

  // Fails if pieces are in no group, or a sum would be greater than an integer of 64 bits.
  base::Result<void> add(const msg::Order& order);

  const std::map<std::int64_t, Sales>& groups() const { return groups_; }
  const Sales& total() const { return total_; }
  std::uint64_t sells() const { return sells_; }
  base::Seq as_of() const { return as_of_; }

 private:
  GroupOf group_of_;
  base::Seq as_of_;
  std::map<std::int64_t, Sales> groups_;
  Sales total_;
  std::uint64_t sells_ = 0;
};

// Times in milliseconds since 1970 UTC, both included.
struct Period {
  base::WallMs first = std::numeric_limits<base::WallMs>::min();
  base::WallMs last = std::numeric_limits<base::WallMs>::max();
};
// Each text is a time as parse_moment reads it, or a date, or empty for no bound. A date as `from` is the beginning of
// that day, and as `to` its end. `offset`: of the days from UTC, in milliseconds.
base::Result<Period> period_of(const std::string& from, const std::string& to, std::int64_t offset);

// Reads a fixed offset from UTC like "+05:30" or "-03:00", at most 14 hours. Returns milliseconds.
base::Result<std::int64_t> parse_offset(std::string_view text);

// The days since 1970-01-01 at this time, where clocks differ from UTC by the offset.
std::int64_t day_of(base::WallMs time, std::int64_t offset);
std::string day_text(std::int64_t day);  // "2026-11-21"

}  // namespace tasks
