// Changes of the catalogue in tests of the API: the answer of a store to a change, and two events that tell of one.
//
// A store answers with the item as the change left it. If a store of the release before answers, or if the key is of an
// old view, the API reads the event of the change; kMoved and kPriced are such events. Threads: none.
#pragma once

#include "scripted.h"

namespace bridge {

inline msg::ItemReply changed(msg::Item item, std::optional<msg::Cents> was = {}) {
  return {std::move(item), 1700000000000, was};
}

inline const msg::Event kMoved{1700000000000,
                               msg::StockMoved{"k1", 1, msg::ItemId(2), msg::Quantity(-3), msg::Quantity(2), "lost"}};
inline const msg::Event kPriced{1700000000000,
                                msg::PriceChanged{"k1", 1, msg::ItemId(2), msg::Cents(100), msg::Cents(90)}};

}  // namespace bridge
