#include "ledger/key_record.h"

#include <algorithm>

namespace ledger {
namespace {

base::ItemId greatest(const msg::ItemsAdded& added) {
  base::ItemId greatest;
  for (const auto& item : added.items) greatest = std::max(greatest, item.id);
  return greatest;
}

}  // namespace

std::optional<UsedKey> used_key(const msg::Event& event, base::Seq seq) {
  using msg::OutcomeKind;
  const auto& what = event.what;
  if (const auto* placed = std::get_if<msg::OrderPlaced>(&what)) {
    return UsedKey{placed->key, {OutcomeKind::kOrder, seq, placed->req, placed->no, {}}};
  }
  if (const auto* moved = std::get_if<msg::StockMoved>(&what)) {
    return UsedKey{moved->key, {OutcomeKind::kChange, seq, moved->req, {}, moved->item}};
  }
  if (const auto* changed = std::get_if<msg::PriceChanged>(&what)) {
    return UsedKey{changed->key, {OutcomeKind::kChange, seq, changed->req, {}, changed->item}};
  }
  if (const auto* added = std::get_if<msg::ItemsAdded>(&what)) {
    return UsedKey{added->key, {OutcomeKind::kChange, seq, added->req, {}, greatest(*added)}};
  }
  if (const auto* voided = std::get_if<msg::KeyVoided>(&what)) {
    return UsedKey{voided->key, {OutcomeKind::kVoid, seq, 0, {}, {}}};
  }
  return std::nullopt;
}

}  // namespace ledger
