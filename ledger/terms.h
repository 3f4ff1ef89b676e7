// Terms of sale: the rules of an item for a buy or a hold that is decided at the time `at` (ADR 54). Part of decide().
//
// Threads: none. Tests: tests/ledger/terms_test.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ledger/outlook.h"
#include "msg/refusal.h"

namespace ledger {

// All lines of an order for one item.
struct Demand {
  base::ItemId item;
  base::Cents price;
  base::Quantity left;   // available before the order
  base::Quantity asked;  // by all lines
  base::Quantity stock;  // after the lines so far
  base::Quantity held;   // before the order
  std::optional<msg::Terms> terms;
  std::optional<msg::Places> places;  // before the order
};

// Returns the refusal of a sale of this item, if it is retired or its terms do not allow it at this time.
std::optional<msg::Refusal> not_for_sale(base::ItemId id, const Outlook::Foreseen& item, std::int64_t at);

// Returns the refusal of a sale of these pieces to this customer (may be empty), if the terms allow fewer.
std::optional<msg::Refusal> over_terms(const Outlook& outlook, const std::vector<Demand>& demands,
                                       const std::string& customer, std::int64_t at);

}  // namespace ledger
