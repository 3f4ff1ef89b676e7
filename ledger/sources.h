// Sources: the places that the pieces of an order come from (ADR 57). Part of decide().
//
// Threads: none. Tests: tests/ledger/places_test.cpp.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "ledger/terms.h"
#include "msg/refusal.h"
#include "msg/requests.h"

namespace ledger {

// For each line of an order: the part of its pieces that is not of `main`.
using Sources = std::vector<std::optional<msg::Places>>;

// True for the orders of a store that uses `main` alone: nothing is to be decided about places.
bool is_of_main(const std::vector<msg::DemandLine>& lines, const std::vector<Demand>& demands);

// Decides where the pieces of each line of a buy come from. The lines that name a place are served first, so that the
// others leave them what they ask for. The items have enough pieces for all lines, none of which is taken yet.
std::variant<Sources, msg::Refusal> sources_of(const std::vector<msg::DemandLine>& lines,
                                               const std::vector<Demand>& demands);

// The refusal of an order whose pieces would come from too many places.
msg::Refusal too_many_portions();

}  // namespace ledger
