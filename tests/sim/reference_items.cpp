// Reference: the states of the items, their movements and their levels.
#include <algorithm>

#include "msg/effects.h"
#include "tests/sim/reference.h"
#include "tests/sim/stores.h"

namespace sim {
namespace {

bool older(const msg::Item& state, base::Seq seq) { return state.version < seq; }

}  // namespace

const msg::Item* ItemPast::at(Prefix prefix) const {
  const auto after = std::lower_bound(states.begin(), states.end(), prefix.next(), older);
  return after == states.begin() ? nullptr : &*std::prev(after);
}

const msg::Item* ItemPast::version(base::Seq seq, Prefix* until) const {
  const auto found = std::lower_bound(states.begin(), states.end(), seq, older);
  if (found == states.end() || found->version != seq) return nullptr;
  const auto next = std::next(found);
  *until = next == states.end() ? Reference::kEver : Prefix(next->version.value() - 1);
  return &*found;
}

const ItemPast* Reference::item(base::ItemId id) const {
  const auto found = items_.find(id);
  return found == items_.end() ? nullptr : &found->second;
}

const msg::Item* Reference::titled(const std::string& title, Prefix prefix) const {
  for (const auto& [id, past] : items_) {
    const auto* item = past.at(prefix);
    if (item && !msg::is_retired(*item) && same(item->title, title)) return item;
  }
  return nullptr;
}

void Reference::apply(const msg::ItemsAdded& added, base::Seq seq) {
  listings_.push_back(seq);
  for (const auto& item : added.items) {
    msg::Item state{item.id, item.title, item.topic, item.price, item.stock, seq};
    state.description = item.description;
    state.topics = item.topics;
    state.attributes = item.attributes;
    if (item.topics) world_.count("stream: items_added, with more topics");
    ItemPast past{{std::move(state)}};
    if (item.stock.value() < 0) broken(seq, "added with negative stock");
    if (!items_.emplace(item.id, std::move(past)).second) broken(seq, fmt::format("item {} added twice", item.id));
    moved(item.id, msg::MovementKind::kAdded, seq).delta = item.stock;
  }
}

// The item's next state, for changing. There is one state per event, even if the event touches the item several times.
msg::Item* Reference::change(base::ItemId id, base::Seq seq) {
  const auto found = items_.find(id);
  if (found == items_.end()) {
    broken(seq, fmt::format("no item {}", id));
    return nullptr;
  }
  auto& states = found->second.states;
  if (states.back().version != seq) {
    states.push_back(states.back());
    states.back().version = seq;
  }
  return &states.back();
}

void Reference::move(base::ItemId id, std::int64_t pieces, base::Quantity told, base::Seq seq) {
  auto* item = change(id, seq);
  if (!item) return;
  item->stock += base::Quantity(pieces);
  if (item->stock < msg::held_of(*item)) {
    broken(seq, fmt::format("item {} has stock {}, of which {} are held", id, item->stock, msg::held_of(*item)));
  }
  if (item->stock.value() < 0) broken(seq, fmt::format("item {} oversold: stock {}", id, item->stock));
  if (item->stock != told) broken(seq, fmt::format("item {} has stock {}, the event says {}", id, item->stock, told));
}

void Reference::apply(const msg::PriceChanged& changed, base::Seq seq) {
  auto* item = change(changed.item, seq);
  if (!item) return;
  if (item->price != changed.was) broken(seq, fmt::format("item {} did not cost {}", changed.item, changed.was));
  item->price = changed.price;
}

void Reference::apply(const msg::ItemEdited& edited, base::Seq seq) {
  listings_.push_back(seq);
  if (edited.title || edited.topic || edited.retired) {
    world_.count(!edited.retired   ? "stream: item_edited, texts"
                 : *edited.retired ? "stream: item_edited, retired"
                                   : "stream: item_edited, brought back");
  }
  if (edited.terms) world_.count("stream: item_edited, terms");
  if (edited.topics) world_.count("stream: item_edited, more topics");
  if (edited.attributes) world_.count("stream: item_edited, attributes");
  auto* item = change(edited.item, seq);
  if (!item) return;
  item->edited = seq;
  if (edited.title) item->title = *edited.title;
  if (edited.topic && edited.topic_was != item->topic) broken(seq, "an edit tells another topic than the item had");
  if (edited.topic) item->topic = *edited.topic;
  if (edited.topics && edited.topics_was != item->topics.value_or(msg::Topics())) {
    broken(seq, "an edit tells other topics than the item had");
  }
  if (edited.topics) item->topics.reset();
  if (edited.topics && !edited.topics->empty()) item->topics = edited.topics;
  if (edited.description) item->description.reset();
  if (edited.description && !edited.description->empty()) item->description = edited.description;
  if (edited.low) world_.count("stream: item_edited, threshold");
  if (edited.low) item->low.reset();
  if (edited.low && edited.low->value() >= 0) item->low = edited.low;
  if (edited.attributes) item->attributes.reset();
  if (edited.attributes && !edited.attributes->empty()) item->attributes = edited.attributes;
  if (edited.terms) item->terms.reset();
  if (edited.terms && edited.terms != msg::Terms{}) item->terms = edited.terms;
  if (!edited.retired) return;
  item->retired.reset();
  if (*edited.retired) item->retired = true;
}

void Reference::apply(const msg::StockMoved& what, base::Seq seq) {
  if (what.counted) world_.count("stream: stock_moved, counted");
  opens(what, seq);
  move(what.item, what.delta.value(), what.stock, seq);
  const bool is_transfer = !what.counted && what.delta.value() == 0;
  if (is_transfer) world_.count("stream: stock_moved, transferred");
  auto& row = moved(what.item,
                    what.counted  ? msg::MovementKind::kCounted
                    : is_transfer ? msg::MovementKind::kTransferred
                                  : msg::MovementKind::kRestocked,
                    seq);
  row.delta = what.delta;
  place_moves(what.item, what.places, 1, row, seq);
  row.places = what.places;  // a count names its place even if nothing was missing
  if (const auto* past = item(what.item); past && what.found) {
    auto shelf = shelf_of(past->states.back());
    if (shelf[what.places ? what.places->front().place : ""] != what.found->value()) {
      broken(seq, fmt::format("{} pieces of item {} were found, and others are there", *what.found, what.item));
    }
  }
  if (!what.reason.empty()) row.reason = what.reason;
}

// The item's movement by this event. There is one for each event, even if several of its lines name the item.
msg::Movement& Reference::moved(base::ItemId id, msg::MovementKind kind, base::Seq seq) {
  auto& rows = movements_[id];
  if (rows.empty() || rows.back().seq != seq) {
    auto& row = rows.emplace_back();
    row.item = id;
    row.seq = seq;
    row.at = at_;
    row.kind = kind;
    row.by = by_;
  }
  if (const auto* past = item(id)) {
    rows.back().stock = past->states.back().stock;
    rows.back().held = past->states.back().held;
  }
  return rows.back();
}

const std::vector<msg::Movement>& Reference::movements(base::ItemId id) const {
  static const std::vector<msg::Movement> kNone;
  const auto found = movements_.find(id);
  return found == movements_.end() ? kNone : found->second;
}

bool Reference::told_low(base::ItemId id, Prefix prefix) const {
  bool is = false;
  const auto told = levels_.find(id);
  if (told == levels_.end()) return is;
  for (const auto& [seq, low] : told->second) {
    if (seq <= prefix) is = low;
  }
  return is;
}

// Before anything that a client asks for, the stream has told of each item whether it is low.
void Reference::levels_in_time(const msg::Event& event, base::Seq seq) {
  if (!msg::key_of(event)) return;
  for (const auto& [id, past] : items_) {
    const auto& item = past.states.back();
    const bool is_low =
        item.low && item.stock.value() - item.held.value_or(base::Quantity()).value() <= item.low->value();
    if (is_low != told_low(id, kEver)) broken(seq, fmt::format("the level of item {} was not told before", id));
  }
}

void Reference::apply(const msg::StockLow& told, base::Seq seq) {
  world_.count("stream: stock_low");
  tell_level(told.item, true, told.available, told.low, seq);
}

void Reference::apply(const msg::StockOk& told, base::Seq seq) {
  world_.count("stream: stock_ok");
  tell_level(told.item, false, told.available, told.low, seq);
}

void Reference::tell_level(base::ItemId id, bool is_low, base::Quantity available, std::optional<base::Quantity> low,
                           base::Seq seq) {
  listings_.push_back(seq);
  const auto* past = item(id);
  if (!past) return broken(seq, fmt::format("item {} has a level, and is not there", id));
  const auto& state = past->states.back();
  const bool fits = low ? (available <= *low) == is_low : !is_low;
  if (!fits || low != state.low || available != msg::available_of(state) || told_low(id, kEver) == is_low) {
    broken(seq, fmt::format("a wrong level of item {} is told", id));
  }
  levels_[id].emplace_back(seq, is_low);
}

}  // namespace sim
