// Outlook: the shop as it will be once everything that is decided is committed.
//
// The committed state (Items, a way to find keys) and, laid over it, what is decided and not committed yet ("ahead"):
// for each touched item its price and stock, the new items, the keys in use, the next order number. The writer decides
// against it and so never waits for a commit. On the loss of the epoch drop() forgets all that is ahead at once.
//
// Invariant (CHECKed): once nothing is ahead of an item any more, what was foreseen is what was committed.
// Bounds: as many entries as there are pending events' lines; the writer bounds those.
// Lifetime: `items` outlives this. Threads: none. Tests: tests/ledger/outlook_test.cpp.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "ledger/items.h"
#include "ledger/key_record.h"

namespace ledger {

class Outlook {
 public:
  // A committed key, in memory or in a store.
  using FindKey = std::function<std::optional<KeyRecord>(const std::string& key)>;

  struct Foreseen {
    base::Cents price;
    base::Quantity stock;
  };

  Outlook(const Items& items, FindKey find_key, base::OrderNo last_order);

  const Items& items() const { return items_; }  // committed
  std::optional<Foreseen> item(base::ItemId id) const;
  base::ItemId next_free_id() const;
  base::OrderNo next_order() const { return last_order_.next(); }
  // Committed, or ahead: then its seq is 0.
  std::optional<KeyRecord> key(const std::string& key) const;

  // The event is decided. Its place counts the events that were decided since the start: 1, 2, 3, ...
  void decided(const msg::Event& event);
  // The place of the event ahead that uses this key.
  std::optional<std::uint64_t> place_of(const std::string& key) const;
  std::uint64_t last_place() const { return place_; }
  // The first event that is ahead is committed, and `items` has evolved with it.
  void committed(const msg::Event& event);
  // Nothing is ahead any more; `last_order` is committed.
  void drop(base::OrderNo last_order);

 private:
  struct Ahead {
    Foreseen foreseen;
    std::uint32_t pending = 0;  // how many mentions by pending events it rests on
  };
  struct KeyAhead {
    KeyRecord record;
    std::uint64_t place = 0;
  };

  const Items& items_;
  FindKey find_key_;
  base::OrderNo last_order_;
  base::ItemId greatest_ahead_;
  std::uint64_t place_ = 0;
  std::unordered_map<base::ItemId, Ahead> ahead_;
  std::unordered_map<std::string, KeyAhead> keys_;
};

}  // namespace ledger
