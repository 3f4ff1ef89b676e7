// Items: every item of the shop as of one seq, and how events change it. Shared by the catalog's view and the order's.
//
// Invariants (CHECKed in every build, G1):
//   I1  0 <= stock <= kStockMax, 0 <= price <= kPriceMaxCents
//   I2  an event names items that exist, or adds ones that do not
//   I3  the stock and the old price that an event tells are those that this state computes
//   I4  an item's version is the seq of the last event that touched it, and never goes back
// A failed CHECK means that the stream and this view are not of one piece: the process stops.
//
// Bounds: as many items as were added; about 200 bytes each and their texts.
// Threads: none. Tests: tests/ledger/items_test.cpp.
#pragma once

#include <map>
#include <vector>

#include "msg/events.h"

namespace ledger {

class Items {
 public:
  // Valid until the item is put anew; an evolve changes what it points to.
  const msg::Item* find(base::ItemId id) const;

  // Loads an item of a view that was stored; replaces one with the same id.
  void put(msg::Item item);

  // Applies one event; events that are not about items change nothing. The ids of the touched items are appended to
  // `touched`, if given, as often as the event names them.
  void evolve(const msg::Event& event, base::Seq seq);

  // One more than the greatest id; greater than kItemIdMax once that one is taken.
  base::ItemId next_free_id() const;
  std::size_t size() const { return items_.size(); }

  // Equal for equal items, whatever the order in which they came (G5): the sum of the hashes of all items, versions
  // included, modulo 2^64, kept up to date with every change.
  std::uint64_t digest() const { return digest_; }

  // Ascending by id.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [id, entry] : items_) visit(entry.item);
  }
  // Ascending, ids greater than `after`, until `visit` returns false.
  template <class Visit>
  void each_after(base::ItemId after, Visit&& visit) const {
    for (auto at = items_.upper_bound(after); at != items_.end(); ++at) {
      if (!visit(at->second.item)) return;
    }
  }

 private:
  struct Entry {
    msg::Item item;
    std::uint64_t text = 0;  // hash of what never changes
    std::uint64_t hash = 0;  // what the item adds to the digest
  };
  void apply(const msg::StoreCreated&, base::Seq) {}
  void apply(const msg::WriterAppointed&, base::Seq) {}
  void apply(const msg::HolderJoined&, base::Seq) {}
  void apply(const msg::HolderLeft&, base::Seq) {}
  void apply(const msg::KeyVoided&, base::Seq) {}
  void apply(const msg::ItemsAdded& added, base::Seq seq);
  void apply(const msg::PriceChanged& changed, base::Seq seq);
  void apply(const msg::StockMoved& moved, base::Seq seq);
  void apply(const msg::OrderPlaced& placed, base::Seq seq);
  Entry& must_find(base::ItemId id);
  static void move_stock(msg::Item& item, base::Quantity delta, base::Quantity told);
  void touch(Entry& entry, base::Seq seq);
  void hash_again(Entry& entry);

  std::map<base::ItemId, Entry> items_;
  std::uint64_t digest_ = 0;
};

}  // namespace ledger
