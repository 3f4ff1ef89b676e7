// The order, its key and the items that the micro-benchmarks measure with.
#pragma once

#include <string>

#include "base/core.h"
#include "ledger/decide.h"
#include "msg/codec.h"

namespace micro {

constexpr std::uint64_t kItems = 1000;

inline msg::PlaceOrder order(std::string key, std::uint64_t item = 1) {
  return {std::move(key), msg::OrderType::kBuy, "ann", {{base::ItemId(item), base::Quantity(1), std::nullopt}}};
}

// Items 1 to kItems, as a replica has them after they were added.
inline ledger::Items items() {
  ledger::Items items;
  base::Seq seq;
  for (std::uint64_t id = 1; id <= kItems; ++id) {
    const msg::ItemAdded item{base::ItemId(id), "Bench item " + std::to_string(id), "bench", base::Cents(999),
                              base::Quantity(1'000'000'000)};
    seq = seq.next();
    items.evolve({0, msg::ItemsAdded{"added-" + std::to_string(id), 0, {item}, {}}}, seq);
  }
  return items;
}

}  // namespace micro
