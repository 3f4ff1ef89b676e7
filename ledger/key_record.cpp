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

// The change of one item. The event tells one of price and stock; the other one it did not touch.
Change with_rest(Change change, base::ItemId id, const Items* items) {
  const auto* item = items ? items->find(id) : nullptr;
  if (!item) return change;
  if (change.kind == ChangeKind::kPrice) change.stock = item->stock;
  if (change.kind == ChangeKind::kRestock) change.was = item->price;
  return change;
}

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
  if (!record.change) return hasher.value();
  const auto& change = *record.change;
  hasher.add(static_cast<std::uint64_t>(change.kind)).add(change.at);
  return hasher.add(change.was.value()).add(change.stock.value()).value();
}

std::optional<UsedKey> used_key(const msg::Event& event, base::Seq seq, const Items* items) {
  const auto& what = event.what;
  if (const auto* placed = std::get_if<msg::OrderPlaced>(&what)) {
    return UsedKey{placed->key, {OutcomeKind::kOrder, seq, placed->req, placed->no, {}, placed->digest, {}}};
  }
  if (const auto* moved = std::get_if<msg::StockMoved>(&what)) {
    const auto change = with_rest({ChangeKind::kRestock, event.at, {}, moved->stock}, moved->item, items);
    return UsedKey{moved->key, {OutcomeKind::kChange, seq, moved->req, {}, moved->item, moved->digest, change}};
  }
  if (const auto* changed = std::get_if<msg::PriceChanged>(&what)) {
    const auto change = with_rest({ChangeKind::kPrice, event.at, changed->was, {}}, changed->item, items);
    return UsedKey{changed->key, {OutcomeKind::kChange, seq, changed->req, {}, changed->item, changed->digest, change}};
  }
  if (const auto* added = std::get_if<msg::ItemsAdded>(&what)) {
    const Change change{ChangeKind::kAdd, event.at, {}, {}};
    return UsedKey{added->key, {OutcomeKind::kChange, seq, added->req, {}, greatest(*added), added->digest, change}};
  }
  if (const auto* voided = std::get_if<msg::KeyVoided>(&what)) {
    return UsedKey{voided->key, {OutcomeKind::kVoid, seq, 0, {}, {}, {}, {}}};
  }
  return std::nullopt;
}

}  // namespace ledger
