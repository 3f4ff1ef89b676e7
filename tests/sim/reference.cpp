#include "tests/sim/reference.h"

#include <algorithm>

#include "msg/effects.h"
#include "tests/sim/node.h"
#include "tests/sim/operation.h"
#include "tests/sim/stores.h"

namespace sim {
namespace {

bool older(const msg::Item& state, base::Seq seq) { return state.version < seq; }

}  // namespace

Shelf shelf_of(const msg::Item& item) { return parts_of(item.stock, item.places); }

Shelf parts_of(base::Quantity quantity, const std::optional<msg::Places>& places) {
  Shelf parts;
  auto main = quantity.value();
  for (const auto& [place, pieces] : places.value_or(msg::Places())) {
    parts[place] += pieces.value();
    main -= pieces.value();
  }
  if (main != 0) parts[""] = main;
  return parts;
}

Shelf taken_of(const Shelf& shelf, base::Quantity quantity) {
  Shelf taken;
  auto left = quantity.value();
  for (const auto& [place, pieces] : shelf) {
    if (const auto some = std::min(left, pieces); some > 0) taken[place] = some;
    left -= std::min(left, pieces);
  }
  return taken;
}

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

Reference::Reference(World& world, const Disk& disk, OnEffect on_effect)
    : world_(world), disk_(disk), on_effect_(std::move(on_effect)) {}

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

const Effect* Reference::effect(const std::string& key) const {
  const auto found = effects_.find(key);
  return found == effects_.end() ? nullptr : &found->second;
}

void Reference::broken(base::Seq seq, const std::string& what) {
  world_.broken(fmt::format("G1: seq {}: {}", seq, what));
}

void Reference::read() {
  if (disk_.durable() < blocks_) return world_.broken("G2: a durable block is gone");
  while (blocks_ < disk_.durable() && !world_.verdict()) block(disk_.rows[blocks_++]);
}

void Reference::block(const Disk::Row& row) {
  const auto block = msg::decode_block(row.bytes);
  if (!block) return broken(row.first, block.error().message);
  const auto events = msg::decode_events(block->events.bytes, block->count);
  if (!events) return broken(row.first, events.error().message);
  if (block->no.value() != blocks_ || block->first != last_.next() || block->prev.bytes != hash_) {
    return broken(row.first, "the block does not follow the one before");
  }
  hash_ = block->hash.bytes;
  for (const auto& each : *events) event(each, last_ = last_.next());
}

void Reference::event(const msg::Event& event, base::Seq seq) {
  if (event.at < at_) broken(seq, "time went back");
  constexpr base::WallMs kOff = 3'600'000;  // clocks that are a little wrong are followed
  if (event.at > Clock::kBegan + std::chrono::duration_cast<std::chrono::milliseconds>(world_.now()).count() + kOff) {
    broken(seq, fmt::format("time leapt ahead, to {}", event.at));
  }
  at_ = event.at;
  by_ = event.by;
  if (world_.telling()) world_.tell("seen durable, at {}: {} {}", event.at, seq, describe(event));
  if (msg::is_decided(event)) in_time(event, seq);
  if (msg::is_decided(event)) dropped_in_time(event, seq);
  levels_in_time(event, seq);
  std::visit(
      [&](const auto& what) {
        if constexpr (std::is_same_v<std::decay_t<decltype(what)>, msg::HolderLeft>)
          world_.count("stream: holder_left");
        if constexpr (requires { apply(what, seq); }) apply(what, seq);
      },
      event.what);
  if (const auto* key = msg::key_of(event)) use_key(*key, event, seq);
}

void Reference::use_key(const std::string& key, const msg::Event& event, base::Seq seq) {
  const auto [entry, is_new] = effects_.emplace(key, Effect{seq, event});
  if (!is_new) {
    return world_.broken(fmt::format("G3: key {} took effect at seq {} and at seq {}", key, entry->second.seq, seq));
  }
  on_effect_(key, entry->second);
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

bool Reference::is_place(const std::string& place, Prefix prefix) const {
  return std::any_of(items_.begin(), items_.end(), [&](const auto& entry) {
    const auto* item = entry.second.at(prefix);
    return item && shelf_of(*item).count(place) > 0;
  });
}

std::optional<msg::Places> listed(const Shelf& shelf) {
  std::optional<msg::Places> places;
  for (const auto& [place, pieces] : shelf) {
    if (place.empty() || pieces == 0) continue;
    if (!places) places.emplace();
    places->push_back({place, base::Quantity(pieces)});
  }
  return places;
}

// The stock has moved before.
void Reference::place_moves(base::ItemId id, const std::optional<msg::Places>& places, std::int64_t sign,
                            msg::Movement& row, base::Seq seq) {
  auto* item = change(id, seq);
  if (!item) return;
  auto shelf = parts_of({}, item->places);
  auto moved = parts_of({}, row.places);
  for (const auto& [place, pieces] : places.value_or(msg::Places())) {
    if (place.empty() || place == "main") broken(seq, "lists a place without a name, or main");
    shelf[place] += sign * pieces.value();
    moved[place] += sign * pieces.value();
    if (shelf[place] < 0) broken(seq, fmt::format("item {} has {} pieces at {}", id, shelf[place], place));
  }
  item->places = listed(shelf);
  row.places = listed(moved);
  if (const auto now = shelf_of(*item); now.count("") > 0 && now.at("") < 0) {
    broken(seq, fmt::format("item {} has {} pieces at main", id, now.at("")));
  }
}

// Pieces that somebody brings come to a place that is known, or that the event opens.
void Reference::opens(const msg::StockMoved& moved, base::Seq seq) {
  bool opens = false;
  for (const auto& [place, pieces] : moved.places.value_or(msg::Places())) {
    opens = opens || (pieces.value() > 0 && !is_place(place, Prefix(seq.value() - 1)));
  }
  if (opens) world_.count("stream: stock_moved, a place is opened");
  if (opens != moved.opened.value_or(false)) broken(seq, "a place was opened by nobody, or again");
}

// Pieces of no named place are taken from main first, and then from the others by their names.
void Reference::by_rule(const Shelf& from, const msg::OrderLine& line, base::Seq seq) {
  if (parts_of(line.quantity, line.places) != taken_of(from, line.quantity)) {
    broken(seq, fmt::format("pieces of item {} are of other places than by the rule", line.item));
  }
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

// The pieces that the customer bought after `since` and did not give back, and those that it holds.
std::int64_t Reference::has(const std::string& customer, base::ItemId id, std::int64_t since) const {
  std::int64_t pieces = 0;
  for (const auto& order : orders_) {
    if (order.at > since && same(order.customer, customer)) pieces += remains(order.no, id, kEver);
  }
  for (const auto& [no, expires] : open_) {
    const auto& hold = holds_.at(no).back();
    for (const auto& line : hold.lines) {
      if (line.item == id && same(hold.customer, customer)) pieces += line.quantity.value();
    }
  }
  return pieces;
}

// To be called before the order or the hold with these lines is kept.
template <class Line>
void Reference::within_terms(const std::string& customer, const std::vector<Line>& lines, base::Seq seq) {
  std::map<base::ItemId, std::int64_t> asked;
  for (const auto& line : lines) asked[line.item] += line.quantity.value();
  for (const auto& [id, pieces] : asked) {
    const auto* past = item(id);
    if (!past || !past->states.back().terms) continue;
    const auto& terms = *past->states.back().terms;
    if (at_ < terms.from.value_or(at_)) broken(seq, fmt::format("item {} is not for sale yet", id));
    if (terms.until && at_ >= *terms.until) broken(seq, fmt::format("item {} is not for sale any more", id));
    if (terms.per_order && pieces > terms.per_order->value()) {
      broken(seq, fmt::format("{} of item {} at once, where {} are allowed", pieces, id, *terms.per_order));
    }
    if (!terms.per_customer) continue;
    const auto all = pieces + has(customer, id, at_ - terms.window.value_or(0));
    if (customer.empty() || all > terms.per_customer->value()) {
      broken(seq, fmt::format("customer '{}' has {} of item {}, where {} are allowed in {} ms", customer, all, id,
                              *terms.per_customer, terms.window.value_or(0)));
    }
    if (all > pieces) world_.count("stream: terms, a customer buys more within the window");
  }
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

void Reference::apply(const msg::OrderPlaced& placed, base::Seq seq) {
  std::int64_t total = 0;
  const std::int64_t sign = placed.type == msg::OrderType::kBuy ? -1 : 1;
  if (sign < 0) within_terms(placed.customer, placed.lines, seq);
  for (const auto& line : placed.lines) {
    if (line.quantity.value() <= 0) broken(seq, "a line without pieces");
    move(line.item, sign * line.quantity.value(), line.stock, seq);
    auto& row = moved(line.item, sign < 0 ? msg::MovementKind::kBought : msg::MovementKind::kSold, seq);
    row.delta += base::Quantity(sign * line.quantity.value());
    row.order = placed.no;
    place_moves(line.item, line.places, sign, row, seq);
    if (line.places) world_.count("stream: order_placed, from other places than main");
    if (const auto* past = item(line.item); past && past->states.back().price != line.price) {
      broken(seq, fmt::format("order {} has another price for item {}", placed.no, line.item));
    }
    if (const auto* past = item(line.item); past && sign < 0 && msg::is_retired(past->states.back())) {
      broken(seq, fmt::format("order {} buys item {}, which is retired", placed.no, line.item));
    }
    total += line.quantity.value() * line.price.value();
  }
  if (placed.total.value() != total) broken(seq, fmt::format("order {} has a wrong total", placed.no));
  if (placed.no.value() != orders_.size() + 1) broken(seq, fmt::format("order {} leaves a gap", placed.no));
  orders_.push_back({placed.no, seq, at_, placed.type, placed.key, placed.customer, placed.lines, placed.total});
}

void Reference::apply(const msg::OrderCancelled& cancelled, base::Seq seq) {
  if (!cancelled.no || cancelled.no.value() > orders_.size()) {
    return broken(seq, fmt::format("cancels order {}, which is not there", cancelled.no));
  }
  world_.count(fmt::format("stream: order_cancelled, {}", msg::word(cancelled.kind)));
  const auto& order = orders_[cancelled.no.value() - 1];
  if (order.customer != cancelled.customer) broken(seq, "cancels the order of another customer");
  std::int64_t total = 0;
  for (const auto& line : cancelled.lines) {
    const auto left = remains(order.no, line.item, seq);
    if (line.quantity.value() <= 0 || line.quantity.value() > left) {
      broken(seq, fmt::format("cancels {} of item {} of order {}, of which {} remain", line.quantity, line.item,
                              order.no, left));
    }
    const bool at_its_price = std::any_of(order.lines.begin(), order.lines.end(), [&](const msg::OrderLine& bought) {
      return bought.item == line.item && bought.price == line.price;
    });
    if (!at_its_price) broken(seq, fmt::format("order {} did not buy item {} at {}", order.no, line.item, line.price));
    by_rule(remains_by_place(order.no, line.item, seq), line, seq);
    const bool is_scrapped = cancelled.kind == msg::CancelKind::kScrap;
    move(line.item, is_scrapped ? 0 : line.quantity.value(), line.stock, seq);
    auto& row = moved(line.item,
                      is_scrapped                                  ? msg::MovementKind::kScrapped
                      : cancelled.kind == msg::CancelKind::kReturn ? msg::MovementKind::kReturned
                                                                   : msg::MovementKind::kCancelled,
                      seq);
    if (!is_scrapped) row.delta += line.quantity;
    if (!is_scrapped) place_moves(line.item, line.places, 1, row, seq);
    if (line.places) world_.count("stream: order_cancelled, from other places than main");
    row.order = cancelled.no;
    if (!cancelled.reason.empty()) row.reason = cancelled.reason;
    total += line.quantity.value() * line.price.value();
  }
  if (cancelled.total.value() != total) broken(seq, "a cancellation has a wrong total");
  if (cancelled.lines.empty()) broken(seq, "a cancellation without lines");
  cancelled_[order.no].push_back(
      {cancelled.no, seq, at_, cancelled.kind, cancelled.key, cancelled.lines, cancelled.total, cancelled.reason, by_});
}

const std::vector<msg::Hold>* Reference::hold(base::HoldNo no) const {
  const auto found = holds_.find(no);
  return found == holds_.end() ? nullptr : &found->second;
}

const msg::Hold* Reference::hold_at(base::HoldNo no, Prefix prefix) const {
  const msg::Hold* last = nullptr;
  if (const auto* states = hold(no)) {
    for (const auto& state : *states) {
      if (state.version <= prefix) last = &state;
    }
  }
  return last;
}

// A hold that is over ends before anything else is decided.
void Reference::in_time(const msg::Event& event, base::Seq seq) {
  const auto* ended = std::get_if<msg::HoldEnded>(&event.what);
  const auto ending = ended && !ended->key ? open_.find(ended->hold) : open_.end();
  for (const auto& [no, expires] : open_) {
    const bool is_later = ending != open_.end() && ending->second <= expires;
    if (expires <= event.at && !is_later) {
      broken(seq, fmt::format("decided at {}, and hold {}, which was over at {}, is open", event.at, no, expires));
    }
  }
}

// The next state of an open hold, for changing.
msg::Hold* Reference::change_hold(base::HoldNo no, base::Seq seq) {
  if (open_.count(no) == 0) {
    broken(seq, fmt::format("hold {} is not open", no));
    return nullptr;
  }
  auto& states = holds_[no];
  states.push_back(states.back());
  states.back().version = seq;
  hold_events_.push_back(seq);
  return &states.back();
}

void Reference::hold_moves(const msg::HoldLine& line, std::int64_t pieces, base::Seq seq) {
  auto* item = change(line.item, seq);
  if (!item) return;
  const auto held = msg::held_of(*item) + base::Quantity(pieces);
  if (held.value() < 0 || held > item->stock || held != line.held) {
    broken(seq, fmt::format("{} of {} pieces of item {} are held, the event says {}", held, item->stock, line.item,
                            line.held));
  }
  item->held.reset();
  if (held.value() > 0) item->held = held;
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

void Reference::let_go(const msg::Hold& hold, const std::vector<msg::HoldLine>& told, msg::MovementKind kind,
                       base::Seq seq) {
  if (told.size() != hold.lines.size()) broken(seq, fmt::format("hold {} ends with other lines", hold.no));
  for (std::size_t i = 0; i < std::min(told.size(), hold.lines.size()); ++i) {
    const auto& line = hold.lines[i];
    if (told[i].item != line.item || told[i].quantity != line.quantity || told[i].price != line.price) {
      broken(seq, fmt::format("hold {} ends with another line than it has", hold.no));
    }
    hold_moves(told[i], -line.quantity.value(), seq);
    auto& row = moved(line.item, kind, seq);
    row.held_delta = -line.quantity;
    row.hold = hold.no;
    row.order = hold.order;
  }
  open_.erase(hold.no);
}

void Reference::apply(const msg::HoldPlaced& placed, base::Seq seq) {
  world_.count("stream: hold_placed");
  if (placed.hold.value() != holds_.size() + 1) broken(seq, fmt::format("hold {} leaves a gap", placed.hold));
  if (placed.expires <= at_ || placed.lines.empty()) broken(seq, "a hold without time or lines");
  within_terms(placed.customer, placed.lines, seq);
  for (const auto& line : placed.lines) {
    if (line.quantity.value() <= 0) broken(seq, "a line without pieces");
    hold_moves(line, line.quantity.value(), seq);
    auto& row = moved(line.item, msg::MovementKind::kHeld, seq);
    row.held_delta = line.quantity;
    row.hold = placed.hold;
    if (const auto* past = item(line.item); past && past->states.back().price != line.price) {
      broken(seq, fmt::format("hold {} has another price for item {}", placed.hold, line.item));
    }
    if (const auto* past = item(line.item); past && msg::is_retired(past->states.back())) {
      broken(seq, fmt::format("hold {} has item {}, which is retired", placed.hold, line.item));
    }
  }
  msg::Hold hold;
  hold.no = placed.hold;
  hold.seq = hold.version = seq;
  hold.at = at_;
  hold.expires = placed.expires;
  hold.key = placed.key;
  hold.customer = placed.customer;
  hold.lines = placed.lines;
  hold.by = by_;
  holds_[placed.hold].push_back(hold);
  open_[placed.hold] = placed.expires;
  hold_events_.push_back(seq);
}

void Reference::apply(const msg::HoldExtended& extended, base::Seq seq) {
  world_.count("stream: hold_extended");
  auto* hold = change_hold(extended.hold, seq);
  if (!hold) return;
  if (hold->expires != extended.was || extended.expires < extended.was || hold->customer != extended.customer) {
    broken(seq, fmt::format("hold {} is not extended from its end at {}", hold->no, hold->expires));
  }
  open_[hold->no] = hold->expires = extended.expires;
}

void Reference::apply(const msg::HoldConfirmed& confirmed, base::Seq seq) {
  auto* hold = change_hold(confirmed.hold, seq);
  if (!hold) return;
  hold->state = msg::HoldState::kConfirmed;
  hold->order = confirmed.no;
  if (hold->customer != confirmed.customer) broken(seq, "confirms the hold of another customer");
  let_go(*hold, confirmed.ended, msg::MovementKind::kConfirmed, seq);
  std::int64_t total = 0;
  std::int64_t pieces = 0;
  for (const auto& line : confirmed.lines) {
    const auto held = std::find_if(hold->lines.begin(), hold->lines.end(),
                                   [&](const msg::HoldLine& each) { return each.item == line.item; });
    if (held == hold->lines.end() || line.quantity.value() <= 0 || line.quantity > held->quantity ||
        line.price != held->price) {
      broken(seq,
             fmt::format("hold {} does not have {} of item {} at {}", hold->no, line.quantity, line.item, line.price));
    }
    if (const auto* past = item(line.item)) by_rule(shelf_of(past->states.back()), line, seq);
    move(line.item, -line.quantity.value(), line.stock, seq);
    auto& row = moved(line.item, msg::MovementKind::kConfirmed, seq);
    row.delta -= line.quantity;
    place_moves(line.item, line.places, -1, row, seq);
    total += line.quantity.value() * line.price.value();
    pieces += line.quantity.value();
  }
  std::int64_t had = 0;
  for (const auto& line : hold->lines) had += line.quantity.value();
  world_.count(pieces == had ? "stream: hold_confirmed, whole" : "stream: hold_confirmed, part");
  if (confirmed.total.value() != total || confirmed.lines.empty()) {
    broken(seq, fmt::format("order {} has a wrong total", confirmed.no));
  }
  if (confirmed.no.value() != orders_.size() + 1) broken(seq, fmt::format("order {} leaves a gap", confirmed.no));
  orders_.push_back({confirmed.no, seq, at_, msg::OrderType::kBuy, confirmed.key, confirmed.customer, confirmed.lines,
                     confirmed.total, by_});
}

void Reference::apply(const msg::HoldEnded& ended, base::Seq seq) {
  world_.count(ended.key ? "stream: hold_ended, released" : "stream: hold_ended, expired");
  auto* hold = change_hold(ended.hold, seq);
  if (!hold) return;
  if (!ended.key && hold->expires > at_) broken(seq, fmt::format("hold {} ends before {}", hold->no, hold->expires));
  hold->state = ended.key ? msg::HoldState::kReleased : msg::HoldState::kExpired;
  let_go(*hold, ended.lines, ended.key ? msg::MovementKind::kReleased : msg::MovementKind::kExpired, seq);
}

const msg::Subscription* Reference::subscription_at(const std::string& name, Prefix prefix) const {
  const auto found = subscriptions_.find(name);
  if (found == subscriptions_.end()) return nullptr;
  const msg::Subscription* last = nullptr;
  for (const auto& [since, state] : found->second) {
    if (since <= prefix) last = state ? &*state : nullptr;
  }
  return last;
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

// A subscription that nobody acknowledged ends before anything is decided, after the holds that are over.
void Reference::dropped_in_time(const msg::Event& event, base::Seq seq) {
  const auto* ended = std::get_if<msg::SubscriptionEnded>(&event.what);
  const auto* hold = std::get_if<msg::HoldEnded>(&event.what);
  if ((ended && !ended->key) || (hold && !hold->key)) return;
  for (const auto& [name, past] : subscriptions_) {
    const auto& state = past.back().second;
    if (state && state->acknowledged.value_or(state->at) + state->ttl <= event.at) {
      broken(seq, fmt::format("decided at {}, and subscription {} was over before", event.at, name));
    }
  }
}

void Reference::apply(const msg::SubscriptionMade& made, base::Seq seq) {
  world_.count("stream: subscription_made");
  if (subscription_at(made.name, seq)) broken(seq, fmt::format("subscription {} is made twice", made.name));
  if (made.from && (*made.from > seq || !*made.from)) broken(seq, "a subscription begins beyond the stream");
  const auto cursor = made.from ? base::Seq(made.from->value() - 1) : seq;
  subscriptions_[made.name].emplace_back(
      seq, msg::Subscription{made.name, seq, seq, at_, cursor, made.types, made.ttl, {}, by_});
}

void Reference::apply(const msg::SubscriptionAcknowledged& acknowledged, base::Seq seq) {
  world_.count("stream: subscription_acknowledged");
  const auto* before = subscription_at(acknowledged.name, seq);
  if (!before) return broken(seq, fmt::format("subscription {} is not there", acknowledged.name));
  if (before->cursor != acknowledged.was || acknowledged.cursor < acknowledged.was || acknowledged.cursor >= seq) {
    broken(seq, fmt::format("subscription {} goes from {} to {}", before->name, before->cursor, acknowledged.cursor));
  }
  if (before->acknowledged && at_ < *before->acknowledged + 1000) {
    broken(seq, fmt::format("subscription {} is acknowledged twice in a second", before->name));
  }
  auto after = *before;
  after.version = seq;
  after.cursor = acknowledged.cursor;
  after.acknowledged = at_;
  subscriptions_[after.name].emplace_back(seq, after);
}

void Reference::apply(const msg::SubscriptionEnded& ended, base::Seq seq) {
  world_.count(ended.key ? "stream: subscription_ended" : "stream: subscription_ended, dropped");
  const auto* before = subscription_at(ended.name, seq);
  if (!before) return broken(seq, fmt::format("subscription {} is not there", ended.name));
  if (!ended.key && before->acknowledged.value_or(before->at) + before->ttl > at_) {
    broken(seq, fmt::format("subscription {} is dropped too early", ended.name));
  }
  subscriptions_[ended.name].emplace_back(seq, std::nullopt);
}

const std::vector<msg::Movement>& Reference::movements(base::ItemId id) const {
  static const std::vector<msg::Movement> kNone;
  const auto found = movements_.find(id);
  return found == movements_.end() ? kNone : found->second;
}

const std::vector<msg::Cancellation>& Reference::cancelled(base::OrderNo no) const {
  static const std::vector<msg::Cancellation> kNone;
  const auto found = cancelled_.find(no);
  return found == cancelled_.end() ? kNone : found->second;
}

std::int64_t Reference::remains(base::OrderNo no, base::ItemId item, Prefix prefix) const {
  const auto& order = orders_[no.value() - 1];
  std::int64_t left = 0;
  for (const auto& line : order.lines) {
    if (line.item == item && order.type == msg::OrderType::kBuy) left += line.quantity.value();
  }
  for (const auto& each : cancelled(no)) {
    for (const auto& line : each.lines) {
      if (line.item == item && each.seq <= prefix) left -= line.quantity.value();
    }
  }
  return left;
}

Shelf Reference::remains_by_place(base::OrderNo no, base::ItemId item, Prefix prefix) const {
  const auto& order = orders_[no.value() - 1];
  Shelf left;
  const auto add = [&](const std::vector<msg::OrderLine>& lines, std::int64_t sign) {
    for (const auto& line : lines) {
      if (line.item != item) continue;
      for (const auto& [place, pieces] : parts_of(line.quantity, line.places)) left[place] += sign * pieces;
    }
  };
  if (order.type == msg::OrderType::kBuy) add(order.lines, 1);
  for (const auto& each : cancelled(no)) {
    if (each.seq <= prefix) add(each.lines, -1);
  }
  return left;
}

msg::Order Reference::order_at(base::OrderNo no, Prefix prefix) const {
  auto order = orders_[no.value() - 1];
  bool came_back = false;
  for (const auto& each : cancelled(no)) {
    if (each.seq > prefix) break;
    if (!order.cancellations) order.cancellations.emplace();
    order.cancellations->push_back(each);
    came_back = came_back || each.kind != msg::CancelKind::kCancel;
  }
  if (!order.cancellations) return order;
  const bool some_remain = std::any_of(order.lines.begin(), order.lines.end(),
                                       [&](const msg::OrderLine& line) { return remains(no, line.item, prefix) > 0; });
  order.state = some_remain ? msg::OrderState::kPartlyCancelled
                : came_back ? msg::OrderState::kReturned
                            : msg::OrderState::kCancelled;
  return order;
}

}  // namespace sim
