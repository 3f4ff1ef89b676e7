// Pass: goes over all rows of an order view, a few at a time, and compares them with what the view claims (ADR 20).
//
//   orders  1, 2, 3, ... to the last one without a gap, and the sum of their digests
//   keys    their number and the sum of their digests
//   items   each is as it is in memory
//
// Orders and keys are written once and never change, so the claim of the moment at which a pass began stays the right
// one for the rows up to that seq, whatever is written meanwhile. When a pass has ended the next step begins another.
// Threads: none. Tests: tests/order/pass_test.cpp.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "ledger/items_pass.h"
#include "order/store.h"

namespace order {

// What the rows have to come to, as of `seq`.
struct Claim {
  base::Seq seq;
  Totals totals;
};

class Pass {
 public:
  // `items` are those in memory.
  Pass(Store& store, const ledger::Items& items) : store_(store), items_(items) {}

  // At most `rows` rows further. `now` is what the view claims now; `dirty` items have rows that are yet to be written.
  // Returns what is wrong, and which rows it is about; after that the pass is of no more use.
  std::optional<std::string> step(std::uint32_t rows, const Claim& now, const std::set<base::ItemId>& dirty);
  bool ended() const { return stage_ == Stage::kEnded; }

 private:
  enum class Stage { kOrders, kKeys, kItems, kEnded };

  void begin(const Claim& claim);
  std::optional<std::string> orders(std::uint32_t rows);
  std::optional<std::string> keys(std::uint32_t rows);
  std::optional<std::string> items(std::uint32_t rows, const std::set<base::ItemId>& dirty);

  Store& store_;
  const ledger::Items& items_;
  Stage stage_ = Stage::kEnded;
  Claim claim_;
  Totals found_;  // last_order: as far as the pass has come
  std::string after_key_;
  ledger::ItemsPass items_pass_;
};

// The fault of a view that was just opened, as far as its items and its own mark tell.
std::optional<std::string> fault_of(const Store& store, const ledger::Items& items);
// The first fault in any row of a view that nobody writes to, such as a snapshot; nothing if it may be believed.
std::optional<std::string> fault_of(Store& store);

ledger::Items load_items(Store& store);

}  // namespace order
