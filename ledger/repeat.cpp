#include "ledger/repeat.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "msg/effects.h"

namespace ledger {
namespace {

using msg::OutcomeKind;

// The ids of this request's items if the greatest of them is `greatest`; nothing if that is impossible. The ids that
// the writer gave to items without one are the greatest, in the order of the request (ledger/decide_items.cpp).
std::optional<std::vector<base::ItemId>> ids_of(const msg::AddItems& add, base::ItemId greatest) {
  std::uint64_t given = 0;
  base::ItemId greatest_named;
  for (const auto& item : add.items) {
    given += item.id ? 0 : 1;
    greatest_named = std::max(greatest_named, item.id.value_or(base::ItemId()));
  }
  if (given == 0 ? greatest_named != greatest : greatest < greatest_named) return std::nullopt;
  if (greatest.value() - greatest_named.value() < given) return std::nullopt;
  auto next = base::ItemId(greatest.value() + 1 - given);
  std::vector<base::ItemId> ids;
  for (const auto& item : add.items) ids.push_back(item.id ? *item.id : std::exchange(next, next.next()));
  return ids;
}

bool is_change(const KeyRecord& record, ChangeKind kind) {
  return record.kind == OutcomeKind::kChange && (!record.change || record.change->kind == kind);
}

bool fits(const msg::PlaceOrder&, const KeyRecord& record, const Items&) { return record.kind == OutcomeKind::kOrder; }

bool fits(const msg::ChangePrice& price, const KeyRecord& record, const Items&) {
  return is_change(record, ChangeKind::kPrice) && record.item == price.item;
}

bool fits(const msg::Restock& restock, const KeyRecord& record, const Items&) {
  return is_change(record, ChangeKind::kRestock) && record.item == restock.item;
}

// A count and a transfer move the stock, so their records are those of a restock; the digest tells them apart.
bool fits(const msg::CountStock& count, const KeyRecord& record, const Items&) {
  return record.change && is_change(record, ChangeKind::kRestock) && record.item == count.item;
}

bool fits(const msg::Transfer& transfer, const KeyRecord& record, const Items&) {
  return record.change && is_change(record, ChangeKind::kRestock) && record.item == transfer.item;
}

bool fits(const msg::EditItem& edit, const KeyRecord& record, const Items&) {
  return record.change && is_change(record, ChangeKind::kEdit) && record.item == edit.item;
}

// A record without `change` may be that of another kind of change, so the items must exist with these titles and
// topics, if they were not edited.
bool fits(const msg::AddItems& add, const KeyRecord& record, const Items& items) {
  const auto ids = ids_of(add, record.item);
  if (!ids || !is_change(record, ChangeKind::kAdd)) return false;
  return record.change ||
         std::equal(ids->begin(), ids->end(), add.items.begin(), [&](base::ItemId id, const auto& asked) {
           const auto* item = items.find(id);
           return item && (item->edited || (item->title == asked.title && item->topic == asked.topic));
         });
}

bool fits(const msg::Outcome&, const KeyRecord&, const Items&) { return true; }

// No change of an item has item 0.
bool is_of_no_item(const KeyRecord& record) {
  return record.kind == OutcomeKind::kChange && !record.change && !record.item && !record.hold;
}
bool is_of_nothing_sold(const KeyRecord& record) { return is_of_no_item(record) && !record.no; }

bool fits(const msg::Cancel& cancel, const KeyRecord& record, const Items&) {
  return is_of_no_item(record) && record.no == cancel.no;
}

bool fits(const msg::Grant&, const KeyRecord& record, const Items&) { return is_of_nothing_sold(record); }
bool fits(const msg::Revoke&, const KeyRecord& record, const Items&) { return is_of_nothing_sold(record); }
bool fits(const msg::Note&, const KeyRecord& record, const Items&) { return is_of_nothing_sold(record); }
bool fits(const msg::Subscribe&, const KeyRecord& record, const Items&) { return is_of_nothing_sold(record); }
bool fits(const msg::Acknowledge&, const KeyRecord& record, const Items&) { return is_of_nothing_sold(record); }
bool fits(const msg::Unsubscribe&, const KeyRecord& record, const Items&) { return is_of_nothing_sold(record); }

bool is_of_hold(const KeyRecord& record, base::HoldNo no) {
  return record.kind == OutcomeKind::kChange && record.hold && record.hold == no;
}

bool fits(const msg::PlaceHold&, const KeyRecord& record, const Items&) { return is_of_hold(record, record.hold); }
bool fits(const msg::ConfirmHold&, const KeyRecord& record, const Items&) { return record.kind == OutcomeKind::kOrder; }
bool fits(const msg::ExtendHold& extend, const KeyRecord& record, const Items&) {
  return is_of_hold(record, extend.hold);
}
bool fits(const msg::ReleaseHold& release, const KeyRecord& record, const Items&) {
  return is_of_hold(record, release.hold);
}

const msg::Item& must_find(const Items& items, base::ItemId id) {
  const auto* item = items.find(id);
  CHECK(item, "a key changed item={}, which is not there", id);
  return *item;
}

std::optional<base::Quantity> held_then(const Change& change) {
  return change.held.value() > 0 ? std::optional(change.held) : std::nullopt;
}

// True if the item was edited after the change.
bool is_edited_since(const msg::Item& item, const KeyRecord& record) {
  return item.edited && *item.edited > record.seq;
}

// The answer to a change of one item that had this price then.
msg::ItemReply answer_of(base::Cents price, const KeyRecord& record, const Items& items) {
  msg::ItemReply answer{must_find(items, record.item)};
  if (!record.change || is_edited_since(answer.item, record)) return answer;
  answer.item.price = price;
  answer.item.stock = record.change->stock;
  answer.item.held = held_then(*record.change);
  answer.item.places = record.change->places;
  answer.item.version = record.seq;
  answer.at = record.change->at;
  return answer;
}

}  // namespace

bool is_repeat(const Command& command, const KeyRecord& record, const Items& items) {
  if (!std::visit([&](const auto& request) { return fits(request, record, items); }, command)) return false;
  return record.digest ? *record.digest == request_digest(command) : record.req == short_digest(command);
}

msg::ItemReply answer_again(const msg::ChangePrice& price, const KeyRecord& record, const Items& items) {
  auto answer = answer_of(price.price, record, items);
  if (answer.at) answer.was = record.change->was;
  return answer;
}

msg::ItemReply answer_again(const msg::Restock&, const KeyRecord& record, const Items& items) {
  return answer_of(record.change ? record.change->was : base::Cents(), record, items);
}

msg::ItemReply answer_again(const msg::CountStock&, const KeyRecord& record, const Items& items) {
  return answer_of(record.change->was, record, items);
}

msg::ItemReply answer_again(const msg::Transfer&, const KeyRecord& record, const Items& items) {
  return answer_of(record.change->was, record, items);
}

msg::ItemReply answer_again(const msg::EditItem&, const KeyRecord& record, const Items& items) {
  return answer_of(record.change->was, record, items);
}

msg::ItemsReply answer_again(const msg::AddItems& add, const KeyRecord& record, const Items& items) {
  const auto ids = ids_of(add, record.item);
  CHECK(ids, "a key added items up to item={}, and not those of its request", record.item);
  const bool as_then = record.change && std::none_of(ids->begin(), ids->end(), [&](base::ItemId id) {
                         return is_edited_since(must_find(items, id), record);
                       });
  msg::ItemsReply answer;
  for (std::size_t i = 0; i < add.items.size(); ++i) {
    const auto id = (*ids)[i];
    answer.items.push_back(as_then ? msg::as_added(id, add.items[i], record.seq) : must_find(items, id));
  }
  if (as_then) answer.at = record.change->at;
  return answer;
}

}  // namespace ledger
