// What a request key did, kept for as long as its order lives (DESIGN 4).
#pragma once

#include <cstdint>
#include <optional>

#include "msg/events.h"
#include "msg/requests.h"

namespace ledger {

struct KeyRecord {
  msg::OutcomeKind kind = msg::OutcomeKind::kVoid;
  base::Seq seq;          // of the event; 0 while it is decided but not committed
  std::uint64_t req = 0;  // digest of the request's body; another body with this key is refused
  base::OrderNo no;       // for kOrder
  base::ItemId item;      // for kChange: the item; of an `add` the greatest one
  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

struct UsedKey {
  std::string key;
  KeyRecord record;
};

// The key that an event uses up, and what there is to remember about it; nothing for events without a key.
std::optional<UsedKey> used_key(const msg::Event& event, base::Seq seq);

}  // namespace ledger
