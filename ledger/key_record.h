// The record of what a request key did. It is kept as long as its order (DESIGN 4).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "ledger/items.h"
#include "msg/events.h"
#include "msg/requests.h"

namespace ledger {

enum class ChangeKind : std::uint8_t { kAdd, kPrice, kRestock, kEdit };

// The part of a change's answer that is neither in its request nor in the rest of its record. Titles and topics are not
// kept, because they seldom change: an answer that must show others than the present ones is not given again
// (ledger/repeat.h).
struct Change {
  ChangeKind kind = ChangeKind::kAdd;
  std::int64_t at = 0;                  // when it was decided, in milliseconds since 1970 UTC
  base::Cents was;                      // the item's price before the change; not for kAdd
  base::Quantity stock;                 // the item's stock after; not for kAdd
  base::Quantity held{};                // its held pieces then; not for kAdd
  std::optional<msg::Places> places{};  // its other places than `main` then; not for kAdd
  friend bool operator==(const Change&, const Change&) = default;
};

struct KeyRecord {
  msg::OutcomeKind kind = msg::OutcomeKind::kVoid;
  base::Seq seq;                    // of the event; 0 while it is decided but not committed
  std::uint64_t req = 0;            // the request's short_digest; to be compared only if there is no `digest`
  base::OrderNo no;                 // for kOrder; for kChange: the order that it cancelled pieces of, or 0
  base::ItemId item;                // for kChange: the item; for kAdd the greatest id that it added; 0: no item
  std::optional<msg::Blob> digest;  // the request's request_digest
  std::optional<Change> change;     // for a kChange of items; missing in rows that a view of format 2 wrote
  base::HoldNo hold{};              // for kChange: the hold that it placed, extended or released, or 0
  friend bool operator==(const KeyRecord&, const KeyRecord&) = default;
};

struct UsedKey {
  std::string key;
  KeyRecord record;
};

// Two digests of a key's row. common_digest covers the fields that the rows of every format have, so it is equal in all
// views. row_digest covers all fields. Both are stored formats: tests/ledger pins their values.
std::uint64_t common_digest(const std::string& key, const KeyRecord& record);
std::uint64_t row_digest(const std::string& key, const KeyRecord& record);

// The number of all used keys, and the sums, modulo 2^64, of the digests of their rows.
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

// Returns the key that an event uses, and its record; nothing for an event without a key. `items` are the items right
// after the event. Pass them for a record that is kept: without them `was` and `stock` are set only as far as the event
// has them.
std::optional<UsedKey> used_key(const msg::Event& event, base::Seq seq, const Items* items = nullptr);

}  // namespace ledger
