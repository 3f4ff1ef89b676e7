// What a request key did, kept for as long as its order lives (DESIGN 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

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

// What a key's row adds to the digest of all keys: of the fields that rows of every format have, and so equal in all
// views; and of all its fields. They are a stored format: tests/ledger pins their values.
std::uint64_t common_digest(const std::string& key, const KeyRecord& record);
std::uint64_t row_digest(const std::string& key, const KeyRecord& record);

// All keys that were used: how many, and the sums, modulo 2^64, of the digests of their rows.
struct KeysTotal {
  std::uint64_t count = 0;
  std::uint64_t common = 0;
  std::uint64_t digest = 0;

  void add(const std::string& key, const KeyRecord& record) {
    ++count;
    common += common_digest(key, record);
    digest += row_digest(key, record);
  }
  friend bool operator==(const KeysTotal&, const KeysTotal&) = default;
};

// The key that an event uses up, and what there is to remember about it; nothing for events without a key. `items` are
// the items right after the event, for a record that is kept; without them `was` and `stock` are as far as the event
// tells them.
std::optional<UsedKey> used_key(const msg::Event& event, base::Seq seq, const Items* items = nullptr);

}  // namespace ledger
