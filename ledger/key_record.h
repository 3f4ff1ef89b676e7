// What a request key did, kept for as long as its order lives (DESIGN 4).
#pragma once

#include <cstdint>
#include <optional>

#include "ledger/items.h"
#include "msg/events.h"
#include "msg/requests.h"

namespace ledger {

enum class ChangeKind : std::uint8_t { kAdd, kPrice, kRestock };

// What the answer to a change has that neither its request nor the rest of its record says. The item's title and topic
// never change, so they are not kept.
struct Change {
  ChangeKind kind = ChangeKind::kAdd;
  std::int64_t at = 0;   // when it was decided
  base::Cents was;       // the item's price before; not of an `add`
  base::Quantity stock;  // the item's stock after; not of an `add`
  friend bool operator==(const Change&, const Change&) = default;
};

struct KeyRecord {
  msg::OutcomeKind kind = msg::OutcomeKind::kVoid;
  base::Seq seq;          // of the event; 0 while it is decided but not committed
  std::uint64_t req = 0;  // the request's short_digest; of an event without `digest`, all that there is to compare
  base::OrderNo no;       // for kOrder
  base::ItemId item;      // for kChange: the item; of an `add` the greatest one
  std::optional<msg::Blob> digest;  // the request's request_digest
  std::optional<Change> change;     // for kChange; not in rows that a view of format 2 has left behind
  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

struct UsedKey {
  std::string key;
  KeyRecord record;
};

// The key that an event uses up, and what there is to remember about it; nothing for events without a key. `items` are
// the items right after the event, for a record that is kept; without them `was` and `stock` are as far as the event
// tells them.
std::optional<UsedKey> used_key(const msg::Event& event, base::Seq seq, const Items* items = nullptr);

}  // namespace ledger
