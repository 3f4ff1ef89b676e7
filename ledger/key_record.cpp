#include "ledger/key_record.h"

#include <algorithm>

#include "ledger/hash.h"

namespace ledger {
namespace {

using msg::OutcomeKind;

constexpr std::uint64_t kKeyRow = 2;

base::ItemId greatest(const msg::ItemsAdded& added) {
  base::ItemId greatest;
  for (const auto& item : added.items) greatest = std::max(greatest, item.id);
  return greatest;
}

// Completes the change of one item. The event has the price, the stock or neither; the others did not change.
Change with_rest(Change change, base::ItemId id, const Items* items) {
  const auto* item = items ? items->find(id) : nullptr;
  if (!item) return change;
  if (change.kind != ChangeKind::kRestock) change.stock = item->stock;
  if (change.kind != ChangeKind::kPrice) change.was = item->price;
  change.held = msg::held_of(*item);
  change.places = item->places;
  return change;
}

// Makes the record of an event's key, with one function for each kind of event. `at` is the time of the event.
struct Used {
  base::Seq seq;
  std::int64_t at;
  const Items* items;
  using Key = std::optional<UsedKey>;

  Key operator()(const msg::StoreCreated&) const { return std::nullopt; }
  Key operator()(const msg::WriterAppointed&) const { return std::nullopt; }
  Key operator()(const msg::HolderJoined&) const { return std::nullopt; }
  Key operator()(const msg::HolderLeft&) const { return std::nullopt; }
  Key operator()(const msg::ItemsAdded& added) const {
    return changed(added, greatest(added), {ChangeKind::kAdd, at, {}, {}});
  }
  Key operator()(const msg::PriceChanged& price) const {
    return changed(price, price.item, with_rest({ChangeKind::kPrice, at, price.was, {}}, price.item, items));
  }
  Key operator()(const msg::ItemEdited& edited) const {
    return changed(edited, edited.item, with_rest({ChangeKind::kEdit, at, {}, {}}, edited.item, items));
  }
  Key operator()(const msg::StockMoved& moved) const {
    return changed(moved, moved.item, with_rest({ChangeKind::kRestock, at, {}, moved.stock}, moved.item, items));
  }
  Key operator()(const msg::OrderPlaced& placed) const {
    return UsedKey{placed.key, {OutcomeKind::kOrder, seq, placed.req, placed.no, {}, placed.digest, {}}};
  }
  Key operator()(const msg::OrderCancelled& cancelled) const {
    return UsedKey{cancelled.key, {OutcomeKind::kChange, seq, cancelled.req, cancelled.no, {}, cancelled.digest, {}}};
  }
  Key operator()(const msg::KeyVoided& voided) const {
    return UsedKey{voided.key, {OutcomeKind::kVoid, seq, 0, {}, {}, {}, {}}};
  }
  Key operator()(const msg::CredentialGranted& granted) const { return of_no_item(granted); }
  Key operator()(const msg::CredentialRevoked& revoked) const { return of_no_item(revoked); }
  Key operator()(const msg::ActNoted& noted) const { return of_no_item(noted); }
  Key operator()(const msg::SubscriptionMade& made) const { return of_no_item(made); }
  Key operator()(const msg::SubscriptionAcknowledged& acknowledged) const { return of_no_item(acknowledged); }
  Key operator()(const msg::SubscriptionEnded& ended) const {
    if (!ended.key) return std::nullopt;
    return UsedKey{*ended.key, {OutcomeKind::kChange, seq, ended.req, {}, {}, ended.digest, {}}};
  }
  Key operator()(const msg::StockLow&) const { return std::nullopt; }
  Key operator()(const msg::StockOk&) const { return std::nullopt; }
  Key operator()(const msg::HoldPlaced& placed) const { return of_hold(placed, placed.key); }
  Key operator()(const msg::HoldExtended& extended) const { return of_hold(extended, extended.key); }
  Key operator()(const msg::HoldConfirmed& confirmed) const {
    return UsedKey{confirmed.key, {OutcomeKind::kOrder, seq, confirmed.req, confirmed.no, {}, confirmed.digest, {}}};
  }
  Key operator()(const msg::HoldEnded& ended) const { return ended.key ? of_hold(ended, *ended.key) : std::nullopt; }

 private:
  template <class What>
  Key of_hold(const What& what, const std::string& key) const {
    return UsedKey{key, {OutcomeKind::kChange, seq, what.req, {}, {}, what.digest, {}, what.hold}};
  }
  template <class What>
  Key of_no_item(const What& what) const {
    return UsedKey{what.key, {OutcomeKind::kChange, seq, what.req, {}, {}, what.digest, {}}};
  }
  template <class What>
  Key changed(const What& what, base::ItemId item, const Change& change) const {
    return UsedKey{what.key, {OutcomeKind::kChange, seq, what.req, {}, item, what.digest, change}};
  }
};

}  // namespace

std::uint64_t common_digest(const std::string& key, const KeyRecord& record) {
  Hasher hasher(kKeyRow);
  hasher.add(key).add(static_cast<std::uint64_t>(record.kind)).add(record.seq.value()).add(record.req);
  return hasher.add(record.no.value()).add(record.item.value()).value();
}

std::uint64_t row_digest(const std::string& key, const KeyRecord& record) {
  Hasher hasher(common_digest(key, record));
  hasher.add(std::uint64_t{record.digest.has_value()}).add(std::uint64_t{record.change.has_value()});
  if (record.digest) hasher.add(record.digest->bytes);
  if (record.hold) hasher.add(record.hold.value());  // older rows have none
  if (!record.change) return hasher.value();
  const auto& change = *record.change;
  hasher.add(static_cast<std::uint64_t>(change.kind)).add(change.at);
  hasher.add(change.was.value()).add(change.stock.value());
  if (change.held.value() > 0) hasher.add(change.held.value());  // older rows have none
  if (change.places) add_places(hasher, *change.places);
  return hasher.value();
}

std::optional<UsedKey> used_key(const msg::Event& event, base::Seq seq, const Items* items) {
  return std::visit(Used{seq, event.at, items}, event.what);
}

}  // namespace ledger
