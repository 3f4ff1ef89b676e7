// Pass: compares all rows of an order view with the view's claim, a few rows at a time (ADR 20).
//
//   orders  the numbers are 1, 2, 3, ... to the last one without a gap, and the sum of their digests and those of the
//           cancellations is right
//   holds   the numbers are without a gap; open ones are equal to those in memory, and the sum of the digests of those
//           that have ended is right
//   movements  their number and the sum of their digests are right; those of an item begin with one that adds it, and
//           follow each other: the item's stock is the sum of its movements
//   keys    their number and the sum of their digests are right
//   items   each row is equal to the item in memory
//
// Orders, cancellations, ended holds, movements and keys are written once and never change. So the claim at the
// beginning of a pass stays right for the rows up to its seq, although others are written meanwhile. The step after the
// end of a pass begins another one. Threads: none. Tests: tests/order/pass_test.cpp.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "ledger/items_pass.h"
#include "order/store.h"

namespace order {

// The totals that the rows up to `seq` must have.
struct Claim {
  base::Seq seq;
  Totals totals;
};

class Pass {
 public:
  // `items` and `holds` are those in memory.
  Pass(Store& store, const ledger::Items& items, const ledger::Holds& holds)
      : store_(store), items_(items), holds_(holds) {}

  // Goes at most `rows` rows further. `now` is the view's claim at present. The rows of `dirty` items are not written
  // yet. Returns a fault, and the rows it is about; after a fault the pass must not be used again.
  std::optional<std::string> step(std::uint32_t rows, const Claim& now, const std::set<base::ItemId>& dirty);
  bool ended() const { return stage_ == Stage::kEnded; }

 private:
  enum class Stage { kOrders, kCancellations, kHolds, kMovements, kKeys, kItems, kEnded };

  void begin(const Claim& claim);
  std::optional<std::string> orders(std::uint32_t rows);
  std::optional<std::string> cancellations(std::uint32_t rows);
  std::optional<std::string> holds(std::uint32_t rows);
  std::optional<std::string> movements(std::uint32_t rows);
  std::optional<std::string> keys(std::uint32_t rows);
  std::optional<std::string> items(std::uint32_t rows, const std::set<base::ItemId>& dirty);

  Store& store_;
  const ledger::Items& items_;
  const ledger::Holds& holds_;
  Stage stage_ = Stage::kEnded;
  Claim claim_;
  Totals found_;  // of the rows so far
  base::Seq after_seq_;
  msg::Movement moved_;  // the last one that was looked at
  std::string after_key_;
  ledger::ItemsPass items_pass_;
};

// Returns the fault of a view that was just opened, as far as its items and its own record of a fault show it.
std::optional<std::string> fault_of(const Store& store, const ledger::Items& items);
// Returns the fault of its credentials. They are kept in memory and compared only when a view is opened.
std::optional<std::string> fault_of(const Store& store, const ledger::Credentials& credentials);
// Returns the fault of its subscriptions, likewise.
std::optional<std::string> fault_of(const Store& store, const ledger::Subscriptions& subscriptions);
// Returns the fault of its open holds, likewise.
std::optional<std::string> fault_of(const Store& store, const ledger::Holds& holds);
// Returns the first fault in any row of a view that nobody writes to, such as a snapshot; nothing if the view is right.
std::optional<std::string> fault_of(Store& store);

ledger::Items load_items(Store& store);
ledger::Credentials load_credentials(Store& store);
ledger::Holds load_holds(Store& store);
ledger::Subscriptions load_subscriptions(Store& store);

}  // namespace order
