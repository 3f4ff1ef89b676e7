#include "ledger/items.h"

#include <utility>

#include "base/check.h"
#include "base/unless_empty.h"
#include "ledger/hash.h"
#include "msg/effects.h"
#include "msg/field_types.h"
#include "msg/places.h"
#include "msg/well_formed.h"

namespace ledger {
namespace {

void check_places(const msg::Item& item) {
  if (!item.places) return;
  CHECK(!item.places->empty() && item.places->size() <= msg::kPlacesMax, "item={} places={}", item.id,
        item.places->size());
  for (const auto& each : *item.places) {
    CHECK(each.pieces.value() > 0, "item={} place={} pieces={}", item.id, each.place, each.pieces);
  }
  CHECK(msg::sum_of(item.places) <= item.stock, "item={} stock={} elsewhere={}", item.id, item.stock,
        msg::sum_of(item.places));
}

void check_within_limits(const msg::Item& item) {
  CHECK(item.id && item.id.value() <= msg::kItemIdMax, "item={}", item.id);
  CHECK(item.stock.value() >= 0 && item.stock.value() <= msg::kStockMax, "item={} stock={}", item.id, item.stock);
  CHECK(!item.held || (item.held->value() > 0 && *item.held <= item.stock), "item={} stock={} held={}", item.id,
        item.stock, *item.held);
  CHECK(item.retired.value_or(true) && (!item.retired || item.edited), "item={} is retired by no event", item.id);
  CHECK(!item.edited || *item.edited <= item.version, "item={} version={} edited={}", item.id, item.version,
        *item.edited);
  CHECK(!item.terms || (item.edited && *item.terms != msg::Terms{}), "item={} has terms of no event", item.id);
  CHECK(!(item.low || item.told_low) || item.edited, "item={} has a threshold of no event", item.id);
  CHECK(!item.low || (item.low->value() >= 0 && item.low->value() <= msg::kStockMax), "item={} low={}", item.id,
        *item.low);
  CHECK(item.price.value() >= 0 && item.price.value() <= msg::kPriceMaxCents, "item={} price={}", item.id, item.price);
  check_places(item);
}

// The texts of an item are checked when they change, and not with each sale.
void check_details(const msg::Item& item) {
  CHECK(!item.description || (!item.description->empty() && !msg::fault_of_description(*item.description)),
        "item={} has a description that no event can have given it", item.id);
  CHECK(!item.topics || (!item.topics->empty() && !msg::fault_of(*item.topics)),
        "item={} has topics that no event can have given it", item.id);
  CHECK(!item.attributes || (!item.attributes->empty() && !msg::fault_of(*item.attributes)),
        "item={} has attributes that no event can have given it", item.id);
}

// Each with its name, so that no two of them have the same input. Items without any are hashed as before.
void add_details(Hasher& hasher, const msg::Item& item) {
  if (item.description) hasher.add(std::string_view("description")).add(*item.description);
  if (item.topics) {
    hasher.add(std::string_view("topics")).add(std::uint64_t{item.topics->size()});
    for (const auto& topic : *item.topics) hasher.add(topic);
  }
  if (item.attributes) {
    hasher.add(std::string_view("attributes")).add(std::uint64_t{item.attributes->size()});
    for (const auto& [name, value] : *item.attributes) hasher.add(name).add(value);
  }
  if (item.low) hasher.add(std::string_view("low")).add(item.low->value());
}

// Every field, each with its name, so that no two terms have the same input.
void add_terms(Hasher& hasher, const msg::Terms& terms) {
  msg::for_each_field(terms, [&](std::string_view name, const auto& rule) {
    if (!rule) return;
    hasher.add(name);
    if constexpr (msg::StrongNumber<std::decay_t<decltype(*rule)>>) {
      hasher.add(rule->value());
    } else {
      hasher.add(*rule);
    }
  });
}

}  // namespace

const msg::Item* Items::find(base::ItemId id) const {
  const auto found = items_.find(id);
  return found == items_.end() ? nullptr : &found->second.item;
}

base::ItemId Items::next_free_id() const { return items_.empty() ? base::ItemId(1) : items_.rbegin()->first.next(); }

void Items::put(msg::Item item) {
  check_within_limits(item);
  check_details(item);
  Entry& entry = items_[item.id];
  list(entry.item.places, -1);
  entry.item = std::move(item);
  list(entry.item.places, 1);
  note_level(entry.item);
  hash_text(entry);
  hash_again(entry);
  for (auto at = items_.find(least_free_); at != items_.end() && at->first == least_free_; ++at) {
    least_free_ = least_free_.next();
  }
}

void Items::evolve(const msg::Event& event, base::Seq seq) {
  CHECK(levels_due_.empty() || !msg::key_of(event), "seq={} was decided before the stream told the level of item={}",
        seq, *levels_due_.begin());
  std::visit([&](const auto& what) { apply(what, seq); }, event.what);
}

void Items::apply(const msg::ItemsAdded& added, base::Seq seq) {
  for (const auto& item : added.items) {
    CHECK(!find(item.id), "seq={} adds item={}, which exists", seq, item.id);
    put(msg::as_added(item.id, item, seq));
  }
}

void Items::apply(const msg::PriceChanged& changed, base::Seq seq) {
  Entry& entry = must_find(changed.item);
  CHECK(entry.item.price == changed.was, "item={} price={} was={}", changed.item, entry.item.price, changed.was);
  entry.item.price = changed.price;
  touch(entry, seq);
}

void Items::apply(const msg::ItemEdited& edited, base::Seq seq) {
  Entry& entry = must_find(edited.item);
  if (edited.title) entry.item.title = *edited.title;
  if (edited.topic) {
    CHECK(edited.topic_was == entry.item.topic, "item={} topic={} was={}", edited.item, entry.item.topic,
          edited.topic_was.value_or("(missing)"));
    entry.item.topic = *edited.topic;
  }
  if (edited.retired) entry.item.retired = *edited.retired ? std::optional(true) : std::nullopt;
  if (edited.terms) {
    entry.item.terms = *edited.terms == msg::Terms{} ? std::nullopt : edited.terms;
  }
  if (edited.description) entry.item.description = base::unless_empty(*edited.description);
  if (edited.topics) {
    CHECK(edited.topics_was == entry.item.topics.value_or(msg::Topics()), "item={} had other topics", edited.item);
    entry.item.topics = base::unless_empty(*edited.topics);
  }
  if (edited.attributes) entry.item.attributes = base::unless_empty(*edited.attributes);
  if (edited.low) entry.item.low = *edited.low == msg::kNoLow ? std::nullopt : edited.low;
  check_details(entry.item);
  entry.item.edited = seq;
  hash_text(entry);
  touch(entry, seq);
}

void Items::apply(const msg::StockLow& told, base::Seq seq) {
  tell_low(told.item, true, told.available, told.low, seq);
}

void Items::apply(const msg::StockOk& told, base::Seq seq) {
  tell_low(told.item, false, told.available, told.low, seq);
}

// The version stays: nothing changes that an answer shows.
void Items::tell_low(base::ItemId id, bool is_low, base::Quantity available, std::optional<base::Quantity> low,
                     base::Seq seq) {
  Entry& entry = must_find(id);
  auto& item = entry.item;
  CHECK(item.low == low, "seq={} item={} low={} told={}", seq, id, item.low.value_or(msg::kNoLow),
        low.value_or(msg::kNoLow));
  CHECK(msg::is_low(item) == is_low && item.told_low != is_low && msg::available_of(item) == available,
        "seq={} item={} available={} low={} was told={}, and is told={} available={}", seq, id, msg::available_of(item),
        item.low.value_or(msg::kNoLow), item.told_low, is_low, available);
  item.told_low = is_low;
  note_level(item);
  hash_again(entry);
}

void Items::note_level(const msg::Item& item) {
  if (msg::is_low(item) == item.told_low) {
    levels_due_.erase(item.id);
  } else {
    levels_due_.insert(item.id);
  }
  if (item.told_low) {
    low_.insert(item.id);
  } else {
    low_.erase(item.id);
  }
}

void Items::apply(const msg::StockMoved& moved, base::Seq seq) {
  Entry& entry = must_find(moved.item);
  move_stock(entry.item, moved.delta, moved.stock);
  move_places(entry, moved.places, 1);
  if (moved.found) {
    const auto place = moved.places ? std::string_view(moved.places->front().place) : msg::kMainPlace;
    const auto there = msg::pieces_at(entry.item.stock, entry.item.places, place);
    CHECK(there == *moved.found, "item={} place={} pieces={} told={}", moved.item, place, there, *moved.found);
  }
  touch(entry, seq);
}

void Items::apply(const msg::OrderPlaced& placed, base::Seq seq) {
  base::Cents total;
  for (const auto& line : placed.lines) {
    Entry& entry = must_find(line.item);
    CHECK(line.quantity.value() > 0, "order={} quantity={}", placed.no, line.quantity);
    CHECK(line.price == entry.item.price, "order={} item={} price={} told={}", placed.no, line.item, entry.item.price,
          line.price);
    const std::int64_t sign = placed.type == msg::OrderType::kBuy ? -1 : 1;
    move_stock(entry.item, base::Quantity(sign * line.quantity.value()), line.stock);
    move_places(entry, line.places, sign);
    touch(entry, seq);
    total += base::Cents(line.price.value() * line.quantity.value());
  }
  CHECK(total == placed.total, "order={} total={} told={}", placed.no, total, placed.total);
}

// The prices are those of the order, which Items does not know. Scrapped pieces do not go back.
void Items::apply(const msg::OrderCancelled& cancelled, base::Seq seq) {
  for (const auto& line : cancelled.lines) {
    Entry& entry = must_find(line.item);
    CHECK(line.quantity.value() > 0, "order={} quantity={}", cancelled.no, line.quantity);
    const bool is_scrapped = cancelled.kind == msg::CancelKind::kScrap;
    move_stock(entry.item, is_scrapped ? base::Quantity() : line.quantity, line.stock);
    if (!is_scrapped) move_places(entry, line.places, 1);
    touch(entry, seq);
  }
}

void Items::apply(const msg::HoldPlaced& placed, base::Seq seq) {
  for (const auto& line : placed.lines) {
    Entry& entry = must_find(line.item);
    CHECK(line.quantity.value() > 0, "hold={} quantity={}", placed.hold, line.quantity);
    CHECK(line.price == entry.item.price, "hold={} item={} price={} told={}", placed.hold, line.item, entry.item.price,
          line.price);
    move_held(entry.item, line.quantity, line.held);
    touch(entry, seq);
  }
}

// The prices are those of the hold, which Items does not know. Each item is in one line of a hold, and so of its order.
void Items::apply(const msg::HoldConfirmed& confirmed, base::Seq seq) {
  for (const auto& line : confirmed.ended) move_held(must_find(line.item).item, -line.quantity, line.held);
  base::Cents total;
  for (const auto& line : confirmed.lines) {
    CHECK(line.quantity.value() > 0, "hold={} quantity={}", confirmed.hold, line.quantity);
    Entry& entry = must_find(line.item);
    move_stock(entry.item, -line.quantity, line.stock);
    move_places(entry, line.places, -1);
    total += base::Cents(line.price.value() * line.quantity.value());
  }
  for (const auto& line : confirmed.ended) touch(must_find(line.item), seq);
  CHECK(total == confirmed.total, "order={} total={} told={}", confirmed.no, total, confirmed.total);
}

void Items::apply(const msg::HoldEnded& ended, base::Seq seq) {
  for (const auto& line : ended.lines) {
    Entry& entry = must_find(line.item);
    move_held(entry.item, -line.quantity, line.held);
    touch(entry, seq);
  }
}

Items::Entry& Items::must_find(base::ItemId id) {
  const auto found = items_.find(id);
  CHECK(found != items_.end(), "item={} does not exist", id);
  return found->second;
}

void Items::move_held(msg::Item& item, base::Quantity delta, base::Quantity told) {
  const auto held = msg::held_of(item) + delta;
  CHECK(held == told && held.value() >= 0, "item={} held={} told={}", item.id, held, told);
  item.held = held.value() > 0 ? std::optional(held) : std::nullopt;
}

void Items::move_stock(msg::Item& item, base::Quantity delta, base::Quantity told) {
  item.stock += delta;
  CHECK(item.stock == told, "item={} stock={} told={}", item.id, item.stock, told);
}

void Items::move_places(Entry& entry, const std::optional<msg::Places>& moved, std::int64_t sign) {
  if (!moved) return;
  list(entry.item.places, -1);
  msg::shift(entry.item.places, *moved, sign);
  list(entry.item.places, 1);
}

void Items::list(const std::optional<msg::Places>& places, int delta) {
  if (!places) return;
  for (const auto& each : *places) {
    if (delta > 0) {
      ++places_[each.place];
    } else if (const auto found = places_.find(each.place); --found->second == 0) {
      places_.erase(found);
    }
  }
}

std::size_t Items::with_pieces_at(std::string_view place) const {
  const auto found = places_.find(place);
  return found == places_.end() ? 0 : found->second;
}

void Items::touch(Entry& entry, base::Seq seq) {
  CHECK(seq >= entry.item.version, "item={} version={} seq={}", entry.item.id, entry.item.version, seq);
  entry.item.version = seq;
  check_within_limits(entry.item);
  // An item with neither is in no set: its threshold left by an edit, and no level is due when that is applied.
  if (entry.item.low || entry.item.told_low) note_level(entry.item);
  hash_again(entry);
}

void Items::hash_text(Entry& entry) {
  const auto& item = entry.item;
  Hasher hasher;
  hasher.add(item.id.value()).add(item.title).add(item.topic);
  if (item.edited) hasher.add(item.edited->value()).add(std::uint64_t{msg::is_retired(item)});  // older ones are not
  if (item.terms) add_terms(hasher, *item.terms);
  add_details(hasher, item);
  entry.text = hasher.value();
}

void Items::hash_again(Entry& entry) {
  digest_ -= entry.hash;
  const auto& item = entry.item;
  Hasher hasher(entry.text);
  hasher.add(item.price.value()).add(item.stock.value()).add(item.version.value());
  if (item.held) hasher.add(item.held->value());  // older streams have no holds
  if (item.places) add_places(hasher, *item.places);
  if (item.told_low) hasher.add(std::string_view("told_low"));
  entry.hash = hasher.value();
  digest_ += entry.hash;
}

}  // namespace ledger
