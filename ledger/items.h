// Items: all items of the shop as of one seq, and the changes by events. The views of catalog and order use it.
//
// Invariants (CHECKed in every build, G1):
//   I1  0 <= stock <= kStockMax, 0 <= price <= kPriceMaxCents
//   I2  an event names items that exist, or adds items that do not exist
//   I3  the stock, the held pieces, the old price and the old topic in an event are those that this state computes
//   I4  an item's version is the seq of the last event that touched it, and never goes back
//   I5  0 <= held <= stock: pieces that are held are on hand, and nothing else takes them
//   I6  an item's `edited` is the seq of the last event that edited it; only such an event retires an item, or gives it
//       terms of sale; its description, topics and attributes are within their limits, and missing if there are none
//   I7  the pieces at all places are those of the stock: none of them has less than 0, and none that is listed has 0
//   I8  the stream tells once that an item is low, or is not any more, and before anything that a client asks for (ADR
//   59)
// A failed CHECK means that the stream contradicts this view: the process stops.
//
// Bounds: all items that were ever added, at about 230 bytes each plus their texts and places.
// Threads: none. Tests: tests/ledger/items_test.cpp.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "msg/events.h"

namespace ledger {

class Items {
 public:
  // The pointer is valid until the item is put again. evolve changes the item that it points to.
  const msg::Item* find(base::ItemId id) const;

  // Loads an item of a stored view. It replaces an item with the same id.
  void put(msg::Item item);

  // Applies one event. An event that is not about items changes nothing.
  void evolve(const msg::Event& event, base::Seq seq);

  // The greatest id plus 1. It is greater than kItemIdMax once that id is used.
  base::ItemId next_free_id() const;
  // The least id that no item has. All ids below it are taken.
  base::ItemId least_free_id() const { return least_free_; }
  std::size_t size() const { return items_.size(); }
  // The items whose level the stream has not told yet: they are low and it has not said so, or the other way round.
  const std::set<base::ItemId>& levels_due() const { return levels_due_; }
  // Visits the ids greater than `after` of the items of which the stream has told that they are low, ascending, until
  // `visit` returns false.
  template <class Visit>
  void each_low_after(base::ItemId after, Visit&& visit) const {
    for (auto at = low_.upper_bound(after); at != low_.end(); ++at) {
      if (!visit(*at)) return;
    }
  }
  // The number of items with pieces at this place; not for `main`.
  std::size_t with_pieces_at(std::string_view place) const;

  // Equal for equal items, in whatever order they came (G5). It is the sum, modulo 2^64, of the hashes of all items
  // with their versions, and is updated with every change.
  std::uint64_t digest() const { return digest_; }

  // Visits all items, ascending by id.
  template <class Visit>
  void each(Visit&& visit) const {
    for (const auto& [id, entry] : items_) visit(entry.item);
  }
  // Visits the items with ids greater than `after`, ascending, until `visit` returns false.
  template <class Visit>
  void each_after(base::ItemId after, Visit&& visit) const {
    for (auto at = items_.upper_bound(after); at != items_.end(); ++at) {
      if (!visit(at->second.item)) return;
    }
  }

 private:
  struct Entry {
    msg::Item item;
    std::uint64_t text = 0;  // hash of the fields that seldom change
    std::uint64_t hash = 0;  // the item's part of the digest
  };
  void apply(const msg::StoreCreated&, base::Seq) {}
  void apply(const msg::WriterAppointed&, base::Seq) {}
  void apply(const msg::HolderJoined&, base::Seq) {}
  void apply(const msg::HolderLeft&, base::Seq) {}
  void apply(const msg::KeyVoided&, base::Seq) {}
  void apply(const msg::CredentialGranted&, base::Seq) {}
  void apply(const msg::CredentialRevoked&, base::Seq) {}
  void apply(const msg::ActNoted&, base::Seq) {}
  void apply(const msg::HoldExtended&, base::Seq) {}
  void apply(const msg::SubscriptionMade&, base::Seq) {}
  void apply(const msg::SubscriptionAcknowledged&, base::Seq) {}
  void apply(const msg::SubscriptionEnded&, base::Seq) {}
  void apply(const msg::StockLow& told, base::Seq seq);
  void apply(const msg::StockOk& told, base::Seq seq);
  void apply(const msg::ItemsAdded& added, base::Seq seq);
  void apply(const msg::PriceChanged& changed, base::Seq seq);
  void apply(const msg::ItemEdited& edited, base::Seq seq);
  void apply(const msg::StockMoved& moved, base::Seq seq);
  void apply(const msg::OrderPlaced& placed, base::Seq seq);
  void apply(const msg::OrderCancelled& cancelled, base::Seq seq);
  void apply(const msg::HoldPlaced& placed, base::Seq seq);
  void apply(const msg::HoldConfirmed& confirmed, base::Seq seq);
  void apply(const msg::HoldEnded& ended, base::Seq seq);
  Entry& must_find(base::ItemId id);
  static void move_held(msg::Item& item, base::Quantity delta, base::Quantity told);
  static void move_stock(msg::Item& item, base::Quantity delta, base::Quantity told);
  void touch(Entry& entry, base::Seq seq);
  void move_places(Entry& entry, const std::optional<msg::Places>& moved, std::int64_t sign);
  void list(const std::optional<msg::Places>& places, int delta);
  void tell_low(base::ItemId id, bool is_low, base::Quantity available, std::optional<base::Quantity> low,
                base::Seq seq);
  void note_level(const msg::Item& item);
  static void hash_text(Entry& entry);
  void hash_again(Entry& entry);

  std::map<base::ItemId, Entry> items_;
  std::map<std::string, std::size_t, std::less<>> places_;  // the number of items with pieces there
  std::set<base::ItemId> low_;                              // the stream has told so
  std::set<base::ItemId> levels_due_;
  std::uint64_t digest_ = 0;
  base::ItemId least_free_{1};
};

}  // namespace ledger
